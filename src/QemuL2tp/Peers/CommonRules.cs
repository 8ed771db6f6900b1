using QemuL2tp.Options;

namespace QemuL2tp.Peers;

/// <summary>What no peer could match, whatever it is.</summary>
internal static class CommonRules
{
    /// <exception cref="UserErrorException">For the first of them.</exception>
    public static void Check(L2tpv3Options ours)
    {
        foreach ((string name, string value) in new[] { ("src", ours.Source), ("dst", ours.Destination) })
            CheckAddress(ours, name, value);
        foreach ((string name, string? port) in new[] { ("srcport", ours.SourcePort), ("dstport", ours.DestinationPort) })
        {
            if (port == "0")
                throw new UserErrorException($"no peer can match '{name}=0'", "Both ends must know the port: write a number from 1 to 65535.");
        }

        if (ours is { ReceiveCookieSize: 4, ReceiveCookie: > uint.MaxValue })
        {
            throw new UserErrorException(
                $"no peer can match 'rxcookie=0x{ours.ReceiveCookie:x}'",
                "It is wider than 32 bits and never equals a received cookie of 4 bytes: add cookie64=on, or shorten it.");
        }
    }

    private static void CheckAddress(L2tpv3Options ours, string name, string value)
    {
        bool isNumeric = IPText.TryParse(value, out string address);
        if (value.Length == 0 || IPText.IsAny(address))
            throw new UserErrorException($"no peer can match '{name}={value}'", $"It stands for any address: write the one that {(name == "src" ? "our packets come from" : "the peer has")}.");
        if (isNumeric && IPText.IsIPv6(address) != ours.IPv6)
        {
            // QEMU's message, for this end would not start.
            throw new UserErrorException(
                $"could not resolve {name}, errno = Address family for hostname not supported",
                ours.IPv6 ? $"'{name}={value}' is an IPv4 address: leave out ipv6, or write an IPv6 address." : $"'{name}={value}' is an IPv6 address: add ipv6=on, or write an IPv4 address.");
        }
    }
}
