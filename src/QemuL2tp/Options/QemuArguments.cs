namespace QemuL2tp.Options;

/// <summary>Writes the QEMU arguments that fit a front end: what the user pastes on QEMU's command line.</summary>
public static class QemuArguments
{
    /// <summary>One line of shell text: <c>-netdev …</c> for the other end of the connection and a network card on it.</summary>
    /// <param name="frontend">Our end.</param>
    /// <param name="netdevId">The id for QEMU's netdev.</param>
    /// <returns>Quoted for a POSIX shell where needed; a hint, where one is needed, follows as a shell comment.</returns>
    public static string For(FrontendOptions frontend, string netdevId)
    {
        string netdev = frontend.Kind == FrontendKind.Stream
            ? $"stream,id={Escape(netdevId)},server={OnOff(QemuListens(frontend))},{StreamAddress(frontend)}"
            : $"socket,id={Escape(netdevId)},{SocketForm(frontend)}";
        string line = $"-netdev {Quote(netdev)} -device {Quote($"virtio-net-pci,netdev={Escape(netdevId)}")}";
        return frontend.Address is FdFrontendAddress own
            ? $"{line} # N: the descriptor that QEMU inherits, {(frontend.Server ? "connected to the listening socket that is" : "the other end of the socket pair that is")} {own.Descriptor} here"
            : line;
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
