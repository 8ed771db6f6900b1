using System.Net;
using QemuL2tp.Options;

namespace QemuL2tp.Hosting;

/// <summary>The UDP address and port that a pseudowire binds, which no other one can have.</summary>
internal static class LocalPort
{
    /// <summary>What the user is told when a pseudowire has the port of another one.</summary>
    public static UserErrorException Taken(L2tpv3Options options, string owner) => new(
        $"could not bind socket err=98: srcport={options.SourcePort} on src={options.Source} is used by the pseudowire '{owner}'",
        "Give each pseudowire a srcport of its own (and its peer the same as destination port), or a src of its own.")
    {
        Option = "srcport",
        Value = options.SourcePort,
    };

    /// <summary>Whether the kernel refuses to bind both. Names are not looked up: the same name is the same address, different ones are not, but for localhost (RFC 6761).</summary>
    public static bool IsShared(L2tpv3Options one, L2tpv3Options other) =>
        one.Udp && other.Udp
        && one.SourcePort == other.SourcePort && one.SourcePort != "0"
        && (IsDualStackAny(one) || IsDualStackAny(other) || (one.IPv6 == other.IPv6 && (IsAny(one) || IsAny(other) || IsSameAddress(Source(one), Source(other)))));

    /// <summary>An IPv6 socket for any address takes what comes to IPv4 addresses as well.</summary>
    private static bool IsDualStackAny(L2tpv3Options options) => options.IPv6 && IsAny(options);

    private static bool IsAny(L2tpv3Options options) =>
        IPAddress.TryParse(options.Source, out IPAddress? address) && address.Equals(options.IPv6 ? IPAddress.IPv6Any : IPAddress.Any);

    private static string Source(L2tpv3Options options) => !options.Source.Equals("localhost", StringComparison.OrdinalIgnoreCase) ? options.Source
        : (options.IPv6 ? IPAddress.IPv6Loopback : IPAddress.Loopback).ToString();

    private static bool IsSameAddress(string one, string other)
    {
        (string host, string zone) = SplitZone(one);
        (string otherHost, string otherZone) = SplitZone(other);
        if (zone != otherZone)
            return false;
        return IPAddress.TryParse(host, out IPAddress? address) && IPAddress.TryParse(otherHost, out IPAddress? otherAddress)
            ? address.Equals(otherAddress)
            : host.Equals(otherHost, StringComparison.OrdinalIgnoreCase);
    }

    private static (string Host, string Zone) SplitZone(string text) =>
        text.IndexOf('%', StringComparison.Ordinal) is >= 0 and int at ? (text[..at], text[at..]) : (text, "");
}
