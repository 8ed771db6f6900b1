using System.Globalization;

namespace QemuL2tp.Options;

/// <summary>Writes the QEMU arguments that fit a front end: what the user pastes on QEMU's command line.</summary>
public static class QemuArguments
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
        string id = Escape(netdevId);
        string netdev = frontend.Kind switch
        {
            FrontendKind.Stream => $"-netdev {Quote($"stream,id={id},server={OnOff(QemuListens(frontend))},{StreamAddress(frontend)}")}",
            FrontendKind.Socket => $"-netdev {Quote($"socket,id={id},{SocketForm(frontend)}")}",
            _ => $"-chardev {Quote($"socket,id=char-{id},{Chardev(frontend)}")} -netdev {Quote($"vhost-user,id={id},chardev=char-{id}")}",
        };
        return $"{netdev} -device {Quote($"virtio-net-pci,netdev={id}")}{Hint(frontend)}";
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
        UnixFrontendAddress unix => $"addr.type=unix,addr.path={Escape(unix.Path)}"
            + (unix.Abstract ? ",addr.abstract=on" : "") + (unix.Tight ? "" : ",addr.tight=off"),
        InetFrontendAddress inet => $"addr.type=inet,addr.host={Escape(HostFor(inet, frontend.Server))},addr.port={Escape(inet.Port)}"
            + (inet.IPv4 is { } ipv4 ? $",addr.ipv4={OnOff(ipv4)}" : "") + (inet.IPv6 is { } ipv6 ? $",addr.ipv6={OnOff(ipv6)}" : ""),
        _ => "addr.type=fd,addr.str=N",
    };

    private static string SocketForm(FrontendOptions frontend) => frontend.Address switch
    {
        InetFrontendAddress inet => $"{(frontend.Server ? "connect" : "listen")}={Escape(HostFor(inet, frontend.Server))}:{Escape(inet.Port)}",
        _ => "fd=N",
    };

    /// <summary>When we listen QEMU is to connect again after our restart; <c>reconnect</c> is understood from QEMU 2.2 on, <c>reconnect-ms</c> from 9.2 on.</summary>
    private static string Chardev(FrontendOptions frontend) => frontend.Address switch
    {
        UnixFrontendAddress unix => $"path={Escape(unix.Path)}{(unix.Abstract ? ",abstract=on" : "")}{(unix.Tight ? "" : ",tight=off")}{(frontend.Server ? ",reconnect=1" : ",server=on")}",
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

    /// <summary>Doubles commas, as both of QEMU's option syntaxes demand in values.</summary>
    private static string Escape(string value) => value.Replace(",", ",,", StringComparison.Ordinal);

    private static string Quote(string word) =>
        word.All(c => char.IsAsciiLetterOrDigit(c) || "_@%+=:,./-".Contains(c, StringComparison.Ordinal))
            ? word
            : $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
