using System.Globalization;
using System.Net;

namespace QemuL2tp.Options;

/// <summary>What <c>src</c> and <c>dst</c> look like: more than an address in them, and addresses that are no single host's.</summary>
internal static class L2tpv3AddressRules
{
    /// <summary>Such a text never resolves: a colon, a bracket or a slash is in no host name and in no IPv4 address.</summary>
    /// <exception cref="UserErrorException">There is more than an address; the message is QEMU's, who finds out from the resolver.</exception>
    public static L2tpv3Options RequireAddresses(L2tpv3Options options)
    {
        RequireAddress("src", options.Source, "errno", options);
        RequireAddress("dst", options.Destination, "error", options);
        return options;
    }

    /// <summary>Adds a remark about ends of which one is no host's.</summary>
    public static void AddDoubtful(L2tpv3Options options, List<string> warnings)
    {
        if (Group(options.Source) is { } source)
            warnings.Add($"src={options.Source} is {source}, from which nothing can be sent: write an address of this host");
        bool isAny = IPAddress.TryParse(options.Destination, out IPAddress? address) && (address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any));
        if ((isAny ? "the address of no host" : Group(options.Destination)) is { } what)
            warnings.Add($"dst={options.Destination} is {what}: a pseudowire has one peer, whose packets come from its own address: write that");
    }

    /// <returns>What an address in numbers is that is not one host's; null for others.</returns>
    public static string? Group(string text) => !IPAddress.TryParse(text, out IPAddress? address) ? null
        : address.Equals(IPAddress.Broadcast) ? "the broadcast address"
        : address.IsIPv6Multicast || (address.GetAddressBytes() is [>= 224 and < 240, _, _, _]) ? "a multicast group"
        : null;

    /// <returns>The remedy for a port, brackets or the length of a prefix in <c>src</c> or <c>dst</c>; null when there is none.</returns>
    public static string? Hint(string name, string address, bool isUdp, bool isIPv6)
    {
        int slash = address.IndexOf('/', StringComparison.Ordinal);
        if (slash > 0 && IPAddress.TryParse(address.AsSpan(0, slash), out _) && byte.TryParse(address.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out _))
            return $"There is the length of a prefix in '{name}={address}': write {name}={address[..slash]}.";
        string bare = address.Trim('[', ']');
        string ipv6 = bare.Length < address.Length && !isIPv6 ? ", with ipv6=on" : "";
        if (address.StartsWith('[') && address.EndsWith(']') && IPAddress.TryParse(bare, out _))
            return $"There are brackets in '{name}={address}': write {name}={bare}{ipv6}.";
        int colon = address.LastIndexOf(':');
        if (colon <= 0 || !ushort.TryParse(address.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out ushort port))
            return null;
        string host = address[..colon];
        bool isBracketed = host.StartsWith('[') && host.EndsWith(']');
        return isBracketed || !host.Contains(':', StringComparison.Ordinal)
            ? $"There is a port in '{name}={address}': write {name}={host.Trim('[', ']')},{(isUdp ? "" : "udp=on,")}{name}port={port} instead{ipv6}."
            : null;
    }

    private static void RequireAddress(string name, string address, string word, L2tpv3Options options)
    {
        if (Hint(name, address, options.Udp, options.IPv6) is { } hint)
            throw new UserErrorException($"could not resolve {name}, {word} = Name or service not known", hint) { Option = name, Value = address };
    }
}
