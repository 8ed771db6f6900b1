using System.Runtime.InteropServices;

namespace QemuL2tp.Guest.Dgram;

/// <summary>What C's <c>strerror</c> says, as QEMU's messages for these sockets have it.</summary>
internal static class ErrorText
{
    public static string Of(int error) => Marshal.GetPInvokeErrorMessage(error);
}
