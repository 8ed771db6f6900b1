using QemuL2tp.Datagrams;
using QemuL2tp.Options;
using AddressFamily = System.Net.Sockets.AddressFamily;
using IPAddress = System.Net.IPAddress;
using static Tmds.Linux.LibC;

namespace QemuL2tp.Tunnel;

/// <summary>What the user can do when the socket of a pseudowire cannot be opened.</summary>
internal static class Remedies
{
    public static string Resolve(string addressKey, string address, bool isIPv6, bool isNotThereYet)
    {
        string family = isIPv6 ? "IPv6 (ipv6=on)" : "IPv4 (ipv6=off; for IPv6 write ipv6=on)";
        return Blanks.Hint(addressKey, address) ?? $"{addressKey}={address} must be an address or a name that resolves to {family}{Zone(address, isIPv6, isNotThereYet)}";
    }

    public static string Socket(int error) => error == EPERM || error == EACCES
        ? "IP encapsulation needs CAP_NET_RAW: run as root, or grant it with 'setcap cap_net_raw+ep' on the program or AmbientCapabilities=CAP_NET_RAW in a unit, or use UDP (udp=on,srcport=...,dstport=...) which needs no privilege"
        : "the kernel cannot open such a socket; is this address family switched off on this host?";

    public static string Bind(int error, L2tpv3Options options, SocketAddress local) => error switch
    {
        _ when error == EADDRINUSE => InUse(options, PortHolder.Find(local)),
        _ when error == EADDRNOTAVAIL => NotAvailable(options, local),
        _ when error == EACCES => $"srcport={options.SourcePort} is privileged; choose a port from 1024 on",
        _ => $"src={options.Source} cannot be bound",
    };

    private static string NotAvailable(L2tpv3Options options, SocketAddress local)
    {
        if (options.IPv6 && local.Host.IsIPv4MappedToIPv6)
            return $"src={options.Source} is an IPv4 address, and not of this host: write one that 'ip address' shows; without ipv6, as src={local.Host.MapToIPv4()}, it is the same";
        if (options.IPv6 && IPv6Table.IsDuplicate(options.Source))
            return $"src={options.Source} is on this host, but cannot be used: another host on the link has it too (dadfailed in 'ip -6 address'); give one of them another address";
        if (options.IPv6 && IPv6Table.IsListed(options.Source, out bool isTentative) && isTentative)
            return $"src={options.Source} is on this host, but still tentative ('ip -6 address'): the kernel asks whether another host on the link has it; wait, or add it with nodad";
        return $"src={options.Source} is not an address of this host; see 'ip address', or use src={(options.IPv6 ? "::" : "0.0.0.0")} for any";
    }

    private static string Zone(string address, bool isIPv6, bool isNotThereYet)
    {
        int at = address.IndexOf('%', StringComparison.Ordinal);
        if (at < 0 || !IPAddress.TryParse(address.AsSpan(0, at), out IPAddress? host))
            return "";
        string name = address[(at + 1)..];
        if (host.AddressFamily == AddressFamily.InterNetwork)
            return "; an IPv4 address has no zone";
        return !isIPv6 ? "" : isNotThereYet ? $", and the interface {name} must be there" : $", and '{name}' is no name of an interface";
    }

    private static string InUse(L2tpv3Options options, PortHolder.Holder? holder)
    {
        const string OtherPort = "choose another srcport (and the peer's destination port with it)";
        string port = $"srcport={options.SourcePort} on src={options.Source} is in use by";
        return holder switch
        {
            null => $"{port} another process, or by the kernel ('ip l2tp show tunnel'); end that or {OtherPort}",
            { IsThisProcess: true } => $"{port} {holder}; {OtherPort}",
            { Name: "qemu-l2tp" } => $"{port} {holder}, and two processes cannot share a port: let one qemu-l2tp carry both pseudowires, from a file (--config) or with netdev_add on its control socket (--qmp), or {OtherPort}",
            _ => $"{port} {holder}; end that process or {OtherPort}",
        };
    }
}
