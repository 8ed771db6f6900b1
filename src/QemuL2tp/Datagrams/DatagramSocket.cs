using System.Runtime.InteropServices;
using QemuL2tp.Options;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace QemuL2tp.Datagrams;

/// <summary>What all datagram and raw sockets need.</summary>
internal static unsafe class DatagramSocket
{
    /// <summary>Asked of the kernel for each direction, in bytes: some milliseconds of a fast link.</summary>
    private const int BufferBytes = 7 << 20;

    /// <summary>Another descriptor of the same socket, so that each direction has one that it alone watches.</summary>
    /// <exception cref="UserErrorException">This process may not have another.</exception>
    public static int Duplicate(int descriptor)
    {
        int duplicate = fcntl(descriptor, F_DUPFD_CLOEXEC, 0);
        return duplicate >= 0 ? duplicate : throw new UserErrorException($"Failed to duplicate a descriptor: {Marshal.GetPInvokeErrorMessage(errno)}", "raise this process's limit of open files (ulimit -n)");
    }

    /// <summary>From now on a descriptor is that of another socket; its own is closed, unless it has others.</summary>
    public static void Replace(int descriptor, int other)
    {
        if (dup3(other, descriptor, O_CLOEXEC) < 0)
            throw new InvalidOperationException($"dup3({other}, {descriptor}) failed, errno = {errno}");
    }

    public static void EnlargeBuffers(int descriptor)
    {
        // The FORCE variants pass the system's limits but need CAP_NET_ADMIN; the plain ones take what is allowed.
        if (!TrySet(descriptor, SOL_SOCKET, SO_RCVBUFFORCE, BufferBytes))
            TrySet(descriptor, SOL_SOCKET, SO_RCVBUF, BufferBytes);
        if (!TrySet(descriptor, SOL_SOCKET, SO_SNDBUFFORCE, BufferBytes))
            TrySet(descriptor, SOL_SOCKET, SO_SNDBUF, BufferBytes);
    }

    public static bool TrySet(int descriptor, int level, int name, int value) =>
        setsockopt(descriptor, level, name, &value, sizeof(int)) == 0;

    /// <returns>The value of an option of <c>SOL_SOCKET</c>, or -1.</returns>
    public static int Get(int descriptor, int name)
    {
        int value = 0;
        socklen_t length = sizeof(int);
        return getsockopt(descriptor, SOL_SOCKET, name, &value, &length) == 0 ? value : -1;
    }
}
