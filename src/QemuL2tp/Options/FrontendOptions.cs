namespace QemuL2tp.Options;

/// <summary>Which of QEMU's netdevs the front end speaks to.</summary>
public enum FrontendKind
{
    /// <summary><c>-netdev stream</c> (QEMU 7.2 and later).</summary>
    Stream,

    /// <summary><c>-netdev dgram</c> (QEMU 7.2 and later).</summary>
    Dgram,

    /// <summary><c>-netdev socket</c>: a stream, or with <c>udp=</c>, <c>mcast=</c> or a datagram <c>fd=</c> datagrams.</summary>
    Socket,

    /// <summary><c>-netdev vhost-user</c> (QEMU 2.1 and later).</summary>
    VhostUser,
}

/// <summary>What one <c>--frontend …</c> says: our side of the connection to QEMU.</summary>
public sealed record FrontendOptions
{
    /// <summary><c>id</c>: the netdev this front end belongs to; null when there is only one.</summary>
    public string? Id { get; init; }

    public required FrontendKind Kind { get; init; }

    /// <summary><c>server</c>: we listen and QEMU connects. Otherwise we connect, again and again.</summary>
    public required bool Server { get; init; }

    public required FrontendAddress Address { get; init; }

    /// <summary><c>reconnect-ms</c>: milliseconds between two attempts to connect.</summary>
    public int ReconnectMilliseconds { get; init; } = 200;

    /// <summary><c>x-poll-us</c>: microseconds, 0 to 1000, to look for frames after the last one before sleeping.</summary>
    public int PollMicroseconds { get; init; }

    /// <summary><c>x-offload-tx</c>: the guest may leave checksums and segmentation of what it sends to us (vhost-user).</summary>
    public bool OffloadsFromGuest { get; init; } = true;

    /// <summary><c>x-offload-rx</c>: the guest may be given segments that were put together, and told that checksums are right (vhost-user).</summary>
    public bool OffloadsToGuest { get; init; } = true;

    /// <summary>Only a unix socket passes the descriptors of vhost-user.</summary>
    internal bool NeedsUnixSocket => Kind == FrontendKind.VhostUser;

    /// <summary>Whether there is a connection, whose end could be noticed.</summary>
    internal bool HasConnection => Address is not (DatagramFrontendAddress or MulticastFrontendAddress);
}

/// <summary>Where the front end's socket is; QEMU's <c>SocketAddress</c>.</summary>
public abstract record FrontendAddress
{
    private protected FrontendAddress()
    {
    }
}

/// <summary><c>type=unix</c>: a path, or with <c>abstract</c> a name without a file (<c>tight=off</c> pads it with zero bytes).</summary>
public sealed record UnixFrontendAddress(string Path, bool Abstract = false, bool Tight = true) : FrontendAddress;

/// <summary><c>type=inet</c>: host name or address and port; both families allowed unless one is excluded.</summary>
public sealed record InetFrontendAddress(string Host, string Port, bool? IPv4 = null, bool? IPv6 = null) : FrontendAddress
{
    /// <summary>The addresses that the host's name stands for, in the resolver's order; null: it was not looked up, or is an address itself.</summary>
    internal IReadOnlyList<string>? Addresses { get; init; }

    /// <summary>For a stream.</summary>
    public TcpKeepAlive KeepAlive { get; init; } = TcpKeepAlive.Default;
}

/// <summary>Datagrams between two addresses of one type, both unix or both inet: ours, and QEMU's.</summary>
public sealed record DatagramFrontendAddress(FrontendAddress Local, FrontendAddress Remote) : FrontendAddress;

/// <summary>Datagrams to and from everybody in an IPv4 multicast group; <c>LocalHost</c> is an address of the interface, null: as routed.</summary>
public sealed record MulticastFrontendAddress(InetFrontendAddress Group, string? LocalHost) : FrontendAddress;

/// <summary>
/// <c>type=fd</c>: an inherited descriptor, connected or (with <c>server=on</c>) listening; its number, or with
/// <paramref name="Name"/> the one that the parent has named so (<c>LISTEN_FDNAMES</c>, sd_listen_fds(3)).
/// </summary>
public sealed record FdFrontendAddress(int Descriptor, string? Name = null) : FrontendAddress;
