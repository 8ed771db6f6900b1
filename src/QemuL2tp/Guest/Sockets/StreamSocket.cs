using System.Net;
using System.Runtime.InteropServices;
using QemuL2tp.Linux;
using QemuL2tp.Options;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace QemuL2tp.Guest.Sockets;

/// <summary>Stream sockets of the front end, always non-blocking and close-on-exec.</summary>
internal static unsafe class StreamSocket
{
    /// <summary>Asked of the kernel for each direction, in bytes: several batches.</summary>
    private const int BufferBytes = 1 << 20;

    /// <returns>A descriptor that is not bound yet, or -1.</returns>
    public static int TryCreate(int family, int type) => socket(family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    /// <exception cref="UserErrorException">The kernel gives none.</exception>
    public static int Create(int family, int type)
    {
        int descriptor = TryCreate(family, type);
        return descriptor >= 0 ? descriptor : throw new UserErrorException($"Failed to create a socket: {Marshal.GetPInvokeErrorMessage(errno)}", "is this address family switched off on this host?");
    }

    /// <returns>A listening descriptor.</returns>
    /// <exception cref="UserErrorException">The address is in use or not ours.</exception>
    /// <param name="address">Where.</param>
    /// <param name="mode">Permissions of a unix socket's file, from its first moment on; null: as the umask has it.</param>
    /// <param name="isDual">Whether an IPv6 socket takes IPv4 too.</param>
    public static int Listen(StreamAddress address, UnixFileMode? mode = null, bool isDual = true)
    {
        int descriptor = Create(address.Family, SOCK_STREAM);
        // bind(2) of a unix socket takes the mode of the socket itself (unix_bind in net/unix/af_unix.c).
        if (mode is { } wanted)
            _ = fchmod(descriptor, (mode_t)(ushort)wanted);
        if (address.Family != AF_UNIX)
            Set(descriptor, SOL_SOCKET, SO_REUSEADDR, 1); // As QEMU does: connections of an earlier run may linger.
        if (address.Family == AF_INET6)
            Set(descriptor, IPPROTO_IPV6, IPV6_V6ONLY, isDual ? 0 : 1);
        int error = Bind(descriptor, address);
        // As QEMU does: somebody may have the IPv4 port only.
        if (error == EADDRINUSE && address.Family == AF_INET6 && isDual && Set(descriptor, IPPROTO_IPV6, IPV6_V6ONLY, 1))
            error = Bind(descriptor, address);
        if (error == 0)
            return descriptor;
        _ = close(descriptor);
        throw address.Family == AF_UNIX
            ? NotBound(address.Description, error)
            : NotBound(address.Description, error, StreamAddress.EndPointOf(address.Bytes));
    }

    /// <summary>Address and port that a socket is bound to.</summary>
    public static IPEndPoint EndPoint(int descriptor)
    {
        sockaddr_storage local;
        socklen_t length = (uint)sizeof(sockaddr_storage);
        if (getsockname(descriptor, (sockaddr*)&local, &length) != 0)
            throw new InvalidOperationException($"getsockname failed, errno = {errno}");
        return StreamAddress.EndPointOf(new ReadOnlySpan<byte>(&local, (int)length));
    }

    /// <param name="address">Where, for a person.</param>
    /// <param name="error">The error number.</param>
    /// <param name="endPoint">The same in numbers; null: it is a path.</param>
    public static UserErrorException NotBound(string address, int error, IPEndPoint? endPoint = null) => new(
        $"Failed to bind socket to {address}: {Marshal.GetPInvokeErrorMessage(error)}",
        error switch
        {
            _ when error == EADDRINUSE => "another process listens there; end it or choose another address",
            _ when error == EACCES || error == ENOENT || error == ENOTDIR => "the directory must exist and be writable for this user",
            _ when error == ENOSPC || error == EROFS => "choose a path on another file system",
            _ => "choose an address of this host",
        })
    {
        Option = endPoint is null ? "addr.path" : error == EADDRINUSE || error == EACCES ? "addr.port" : "addr.host",
        Value = endPoint is null ? address.TrimStart('@') : error == EADDRINUSE || error == EACCES ? FormattableString.Invariant($"{endPoint.Port}") : endPoint.Address.ToString(),
    };

    /// <summary>Starts to connect.</summary>
    /// <returns>0 when connected or under way (then wait for writability and ask <see cref="ConnectResult"/>), else the error number.</returns>
    public static int Connect(int descriptor, StreamAddress address)
    {
        fixed (byte* bytes = address.Bytes)
        {
            return connect(descriptor, (sockaddr*)bytes, (uint)address.Bytes.Length) == 0 || errno == EINPROGRESS ? 0 : errno;
        }
    }

    /// <returns>0 when the connection stands, else the error number.</returns>
    public static int ConnectResult(int descriptor) => Get(descriptor, SO_ERROR);

    /// <summary>Takes one waiting connection.</summary>
    /// <returns>The descriptor, or -1 when none waits or this process may not have another.</returns>
    public static int Accept(int listener) => accept4(listener, null, null, SOCK_NONBLOCK | SOCK_CLOEXEC);

    /// <summary>Another descriptor of the same socket, so that each direction has one that it alone watches.</summary>
    /// <returns>The descriptor, or -1 when this process may not have another.</returns>
    public static int Duplicate(int descriptor) => fcntl(descriptor, F_DUPFD_CLOEXEC, 0);

    /// <summary>Makes a connected descriptor ready for batches.</summary>
    public static void Tune(int descriptor)
    {
        // Fails on unix sockets, where there is nothing to switch off.
        Set(descriptor, IPPROTO_TCP, TCP_NODELAY, 1);
        if (!Set(descriptor, SOL_SOCKET, SO_SNDBUFFORCE, BufferBytes))
            Set(descriptor, SOL_SOCKET, SO_SNDBUF, BufferBytes);
    }

    /// <summary>True when the other end has closed or the connection is broken, whatever is still to be read.</summary>
    public static bool IsPeerGone(int descriptor)
    {
        pollfd query = new() { fd = descriptor, events = POLLRDHUP };
        return Glibc.poll(&query, 1, 0) > 0;
    }

    /// <summary>Checks an inherited descriptor and makes it non-blocking and close-on-exec.</summary>
    /// <param name="descriptor">Its number.</param>
    /// <param name="isListening">Whether connections come to it, or it is one.</param>
    /// <param name="isUnix">Whether descriptors must be able to come over it.</param>
    /// <exception cref="UserErrorException">It is not open, not a stream socket, or not of the wanted kind.</exception>
    public static void Inherit(int descriptor, bool isListening, bool isUnix)
    {
        int type = Get(descriptor, SO_TYPE);
        if (type < 0)
            throw new UserErrorException($"file descriptor {descriptor} is not an open socket", "pass the number of a descriptor that the parent process opened and did not close on exec") { Option = "addr.str", Value = FormattableString.Invariant($"{descriptor}") };
        if (type != SOCK_STREAM)
            throw new UserErrorException($"file descriptor {descriptor} is not a stream socket", "create it with SOCK_STREAM") { Option = "addr.str", Value = FormattableString.Invariant($"{descriptor}") };
        if (isUnix && Get(descriptor, SO_DOMAIN) != AF_UNIX)
            throw new UserErrorException($"file descriptor {descriptor} is not a unix socket", "vhost-user passes memory and eventfds over it, which only a unix socket can; create it with AF_UNIX") { Option = "addr.str", Value = FormattableString.Invariant($"{descriptor}") };
        bool listens = Get(descriptor, SO_ACCEPTCONN) == 1;
        if (listens != isListening)
            throw new UserErrorException($"file descriptor {descriptor} is {(listens ? "a listening" : "not a listening")} socket", listens ? "write --frontend …,server=on for a listening socket" : "write server=off for a connected socket")
            {
                Option = "server",
                Value = isListening ? "on" : "off",
            };
        _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL, 0) | O_NONBLOCK);
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC);
    }

    public static bool IsTcp(int descriptor)
    {
        int family = Get(descriptor, SO_DOMAIN);
        return family == AF_INET || family == AF_INET6;
    }

    /// <returns>0, or the error number.</returns>
    private static int Bind(int descriptor, StreamAddress address)
    {
        fixed (byte* bytes = address.Bytes)
        {
            return bind(descriptor, (sockaddr*)bytes, (uint)address.Bytes.Length) == 0 && listen(descriptor, 8) == 0 ? 0 : errno;
        }
    }

    /// <returns>Whether the kernel took it.</returns>
    public static bool Set(int descriptor, int level, int name, int value) =>
        setsockopt(descriptor, level, name, &value, sizeof(int)) == 0;

    private static int Get(int descriptor, int name)
    {
        int value = 0;
        socklen_t length = sizeof(int);
        return getsockopt(descriptor, SOL_SOCKET, name, &value, &length) == 0 ? value : -1;
    }
}
