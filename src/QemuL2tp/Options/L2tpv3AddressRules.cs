using System.Globalization;
using System.Net;

namespace QemuL2tp.Options;

/// <summary>What <c>src</c> and <c>dst</c> look like: a port in them, and destinations that are no single peer.</summary>
internal static class L2tpv3AddressRules
{
    /// <summary>Such a text never resolves: a colon is in no host name and in no IPv4 address.</summary>
    /// <exception cref="UserErrorException">A port is written behind an address; the message is QEMU's, who finds out from the resolver.</exception>
    public static L2tpv3Options RequireNoPort(L2tpv3Options options)
    {
        RequireNoPort("src", options.Source, "errno", options);
        RequireNoPort("dst", options.Destination, "error", options);
        return options;
    }

    /// <summary>Adds a remark about a destination from which no answer can come.</summary>
    public static void AddDoubtful(L2tpv3Options options, List<string> warnings)
    {
        if (!IPAddress.TryParse(options.Destination, out IPAddress? address))
            return;
        string? what = address.Equals(IPAddress.Broadcast) ? "the broadcast address"
            : address.IsIPv6Multicast || (address.GetAddressBytes() is [>= 224 and < 240, _, _, _]) ? "a multicast group"
            : null;
        if (what is not null)
            warnings.Add($"dst={options.Destination} is {what}: a pseudowire has one peer, whose packets come from its own address: write that");
    }

    private static void RequireNoPort(string name, string address, string word, L2tpv3Options options)
    {
        int colon = address.LastIndexOf(':');
        if (colon <= 0 || !ushort.TryParse(address.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out ushort port))
            return;
        string host = address[..colon];
        bool isBracketed = host.StartsWith('[') && host.EndsWith(']');
        if (!isBracketed && host.Contains(':', StringComparison.Ordinal))
            return;
        string udp = options.Udp ? "" : "udp=on,";
        throw new UserErrorException(
            $"could not resolve {name}, {word} = Name or service not known",
            $"There is a port in '{name}={address}': write {name}={host.Trim('[', ']')},{udp}{name}port={port} instead{(isBracketed && !options.IPv6 ? ", with ipv6=on" : "")}.");
    }
}
