using System.Globalization;

namespace QemuL2tp.Options;

/// <summary>Writes the QEMU arguments that fit a front end: what the user pastes on QEMU's command line.</summary>
internal static class QemuArguments
{
    /// <summary>
    /// What a QEMU with a vhost-user netdev needs once besides <see cref="For"/>: guest memory that it can share. SIZE is that of
    /// <c>-m</c>.
    /// </summary>
    public const string SharedMemory = "-object memory-backend-memfd,id=mem,size=SIZE,share=on -machine memory-backend=mem";

    /// <summary>One line of shell text: <c>-netdev …</c> for the other end of the connection and a network card on it.</summary>
    /// <param name="frontend">Our end.</param>
    /// <param name="netdevId">The id for QEMU's netdev.</param>
    /// <returns>Quoted for a POSIX shell where needed; a hint, where one is needed, follows as a shell comment.</returns>
    public static string For(FrontendOptions frontend, string netdevId)
    {
        string id = OptsTokenizer.Escape(netdevId);
        string netdev = frontend.Kind switch
        {
            FrontendKind.Stream => $"-netdev {ShellWord.Quote($"stream,id={id},server={OnOff(QemuListens(frontend))},{StreamAddress(frontend)}")}",
            FrontendKind.Dgram => $"-netdev {ShellWord.Quote($"dgram,id={id},{DgramForm(frontend.Address)}")}",
            FrontendKind.Socket => $"-netdev {ShellWord.Quote($"socket,id={id},{SocketForm(frontend)}")}",
            _ => $"-chardev {ShellWord.Quote($"socket,id=char-{id},{Chardev(frontend)}")} -netdev {ShellWord.Quote($"vhost-user,id={id},chardev=char-{id}")}",
        };
        return $"{netdev} -device {ShellWord.Quote($"virtio-net-pci,netdev={id},{DeviceProperties(frontend)}")}{Hint(frontend)}";
    }

    /// <summary>
    /// Rings as large as QEMU has them (its default is 256), that for what the guest sends with vhost-user only; a speed, without which LACP and
    /// others in the guest never start. A driver that could switch off what it takes (XDP does) would tell QEMU, and QEMU does not tell us.
    /// </summary>
    private static string DeviceProperties(FrontendOptions frontend)
    {
        bool isVhostUser = frontend.Kind == FrontendKind.VhostUser;
        return $"rx_queue_size=1024{(isVhostUser ? ",tx_queue_size=1024" : "")},speed=10000,duplex=full{(isVhostUser && frontend.OffloadsToGuest ? ",ctrl_guest_offloads=off" : "")}";
    }

    private static string Hint(FrontendOptions frontend)
    {
        if (frontend.Address is not FdFrontendAddress own)
            return "";
        string number = own.Name ?? own.Descriptor.ToString(CultureInfo.InvariantCulture);
        // QEMU 7.2 to 10 refuse the other end of a socket pair: 'chardev "c" does not support FD passing'.
        return (frontend.Kind, frontend.Server) switch
        {
            (FrontendKind.VhostUser, true) => $" # PATH: of the listening socket that is {number} here; vhost-user takes no fd= in QEMU",
            (FrontendKind.VhostUser, false) => $" # PATH: of the socket whose connection to QEMU is {number} here; vhost-user takes no fd= in QEMU",
            (_, true) => $" # N: the descriptor that QEMU inherits, connected to the listening socket that is {number} here",
            (_, false) => $" # N: the descriptor that QEMU inherits, the other end of the socket pair that is {number} here",
        };
    }

    /// <summary>A descriptor that QEMU inherits is connected, whatever ours is; with <c>server=on</c> QEMU would accept on it.</summary>
    private static bool QemuListens(FrontendOptions frontend) => !frontend.Server && frontend.Address is not FdFrontendAddress;

    private static string StreamAddress(FrontendOptions frontend) => frontend.Address switch
    {
        UnixFrontendAddress unix => $"addr.type=unix,addr.path={OptsTokenizer.Escape(unix.Path)}"
            + (unix.Abstract ? ",addr.abstract=on" : "") + (unix.Tight ? "" : ",addr.tight=off"),
        InetFrontendAddress inet => $"addr.type=inet,addr.host={OptsTokenizer.Escape(HostFor(inet, frontend.Server))},addr.port={OptsTokenizer.Escape(inet.Port)}"
            + (inet.IPv4 is { } ipv4 ? $",addr.ipv4={OnOff(ipv4)}" : "") + (inet.IPv6 is { } ipv6 ? $",addr.ipv6={OnOff(ipv6)}" : ""),
        _ => "addr.type=fd,addr.str=N",
    };

    private static string SocketForm(FrontendOptions frontend) => frontend.Address switch
    {
        InetFrontendAddress inet => $"{(frontend.Server ? "connect" : "listen")}={OptsTokenizer.Escape(HostFor(inet, frontend.Server))}:{OptsTokenizer.Escape(inet.Port)}",
        DatagramFrontendAddress { Local: InetFrontendAddress ours, Remote: InetFrontendAddress theirs } => $"udp={OptsTokenizer.Escape(HostFor(ours, true))}:{ours.Port},localaddr={OptsTokenizer.Escape(theirs.Host)}:{theirs.Port}",
        MulticastFrontendAddress { Group: var group, LocalHost: var local } => $"mcast={group.Host}:{group.Port}{(local is null ? "" : $",localaddr={local}")}",
        _ => "fd=N",
    };

    private static string DgramForm(FrontendAddress address) => address switch
    {
        DatagramFrontendAddress { Local: var ours, Remote: var theirs } => $"{DgramEnd("local", theirs, isQemus: true)},{DgramEnd("remote", ours, isQemus: false)}",
        // QEMU demands a port of local, and uses its host only.
        MulticastFrontendAddress { Group: var group, LocalHost: var local } => DgramEnd("remote", group, isQemus: true)
            + (local is null ? "" : $",local.type=inet,local.host={local},local.port={group.Port}"),
        _ => "local.type=fd,local.str=N",
    };

    private static string DgramEnd(string end, FrontendAddress address, bool isQemus) => address switch
    {
        UnixFrontendAddress unix => $"{end}.type=unix,{end}.path={OptsTokenizer.Escape(unix.Path)}",
        InetFrontendAddress inet => $"{end}.type=inet,{end}.host={OptsTokenizer.Escape(HostFor(inet, !isQemus))},{end}.port={inet.Port}",
        _ => throw new ArgumentOutOfRangeException(nameof(address), address, "unknown kind of address"),
    };

    /// <summary>When we listen QEMU is to connect again after our restart; <c>reconnect</c> is understood from QEMU 2.2 on, <c>reconnect-ms</c> from 9.2 on.</summary>
    private static string Chardev(FrontendOptions frontend) => frontend.Address switch
    {
        UnixFrontendAddress unix => $"path={OptsTokenizer.Escape(unix.Path)}{(unix.Abstract ? ",abstract=on" : "")}{(unix.Tight ? "" : ",tight=off")}{(frontend.Server ? ",reconnect=1" : ",server=on")}",
        _ => $"path=PATH{(frontend.Server ? ",reconnect=1" : "")}",
    };

    /// <summary>The host that QEMU uses; an address that means "all" when we listen becomes the loopback address to connect to.</summary>
    private static string HostFor(InetFrontendAddress inet, bool weListen)
    {
        if (!weListen || inet.Host is not ("" or "0.0.0.0" or "::"))
            return inet.Host;
        return inet.Host == "::" || inet.IPv4 is false ? "::1" : "127.0.0.1";
    }

    private static string OnOff(bool value) => value ? "on" : "off";
}
