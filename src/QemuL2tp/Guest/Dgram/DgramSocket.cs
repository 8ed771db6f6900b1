using System.Runtime.InteropServices;
using QemuL2tp.Options;
using static Tmds.Linux.LibC;

namespace QemuL2tp.Guest.Dgram;

/// <summary>Datagram sockets, and their errors as QEMU's messages have them.</summary>
internal static class DgramSocket
{
    /// <returns>A non-blocking descriptor.</returns>
    /// <exception cref="UserErrorException">The kernel gives none.</exception>
    public static int Create(int family)
    {
        int descriptor = socket(family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        return descriptor >= 0 ? descriptor : throw new UserErrorException($"can't create datagram socket: {ErrorText(errno)}", "raise this process's limit of open files (ulimit -n)");
    }

    /// <summary>What C's <c>strerror</c> says.</summary>
    public static string ErrorText(int error) => Marshal.GetPInvokeErrorMessage(error);
}
