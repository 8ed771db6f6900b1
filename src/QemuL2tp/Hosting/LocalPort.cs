using System.Net;
using QemuL2tp.Options;
using QemuL2tp.Tunnel;

namespace QemuL2tp.Hosting;

/// <summary>The local end of a tunnel: pseudowires that have the same share it, and some others cannot be there beside it.</summary>
internal static class LocalPort
{
    /// <summary>Why a pseudowire cannot be opened beside another one of this process; null: it can.</summary>
    public static UserErrorException? FindConflict(L2tpv3Options options, L2tpv3Options other)
    {
        if (!IsSame(options, other))
            return IsTaken(options, other) ? Taken(options, other.Id) : null;
        if (options.ReceiveSession == other.ReceiveSession)
            return SessionTaken(options, other.Id);
        return options.ReceiveOffload == other.ReceiveOffload ? null : OtherOffload(options, other);
    }

    /// <summary>
    /// Whether both are sessions of one tunnel. Names are not looked up: the same name is the same address, different ones are not, but
    /// for localhost (RFC 6761).
    /// </summary>
    public static bool IsSame(L2tpv3Options one, L2tpv3Options other) =>
        IsSameButForAddress(one, other) && ((IsAny(one) && IsAny(other)) || IsSameAddress(Source(one), Source(other)));

    /// <summary>Whether both may turn out to be sessions of one tunnel: <c>src</c> of one of them is a name that has no address yet.</summary>
    public static bool MayBecomeSame(L2tpv3Options one, L2tpv3Options other) =>
        IsSameButForAddress(one, other) && (PlanNames.IsName(one.Source) || PlanNames.IsName(other.Source));

    /// <summary>Why a pseudowire cannot go on in the tunnel of another one, whose local end its name turned out to be.</summary>
    public static UserErrorException OnAnotherThread(L2tpv3Options options, string owner) => new(
        $"src={options.Source} is that of the pseudowire '{owner}', which another thread serves",
        "Remove this pseudowire and add it again, or start again: the name has an address now.")
    {
        Option = "src",
        Value = options.Source,
    };

    /// <summary>Whether the kernel refuses to bind both.</summary>
    public static bool IsTaken(L2tpv3Options one, L2tpv3Options other) =>
        one.Udp && other.Udp && HasSamePort(one, other)
        && (IsDualStackAny(one) || IsDualStackAny(other) || (one.IPv6 == other.IPv6 && (IsAny(one) || IsAny(other) || IsSameAddress(Source(one), Source(other)))));

    private static UserErrorException Taken(L2tpv3Options options, string owner) => new(
        $"could not bind socket err=98: srcport={options.SourcePort} on src={options.Source} is used by the pseudowire '{owner}'",
        "Pseudowires share a port if they have the same src; else give each a srcport of its own (and its peer the same as destination port), or other addresses than 0.0.0.0 and :: as src.")
    {
        Option = "srcport",
        Value = options.SourcePort,
    };

    private static UserErrorException SessionTaken(L2tpv3Options options, string owner) => new(
        $"rxsession={options.ReceiveSession} is that of the pseudowire '{owner}', which has the same {LocalEnd(options)}",
        "Give each pseudowire of a tunnel an rxsession of its own, and its peer the same as the session ID that it sends.")
    {
        Option = "rxsession",
        Value = $"{options.ReceiveSession}",
    };

    private static UserErrorException OtherOffload(L2tpv3Options options, L2tpv3Options owner) => new(
        $"x-gro={Word(options)} differs from x-gro={Word(owner)} of the pseudowire '{owner.Id}', which has the same {LocalEnd(options)}",
        "Pseudowires with one local address and port share a socket: give them the same x-gro.")
    {
        Option = "x-gro",
        Value = Word(options),
    };

    private static string LocalEnd(L2tpv3Options options) => options.Udp ? $"src={options.Source} and srcport={options.SourcePort}" : $"src={options.Source}";

    private static string Word(L2tpv3Options options) => options.ReceiveOffload switch
    {
        OffloadSwitch.On => "on",
        OffloadSwitch.Off => "off",
        _ => "auto",
    };

    private static bool IsSameButForAddress(L2tpv3Options one, L2tpv3Options other) =>
        one.Udp == other.Udp && one.IPv6 == other.IPv6 && (!one.Udp || HasSamePort(one, other));

    /// <summary>Port 0 is another one for each. A service has a number and may have several names.</summary>
    private static bool HasSamePort(L2tpv3Options one, L2tpv3Options other) => one.SourcePort == other.SourcePort
        ? one.SourcePort != "0"
        : UdpService.FindPort(one.SourcePort!) is { } port && UdpService.FindPort(other.SourcePort!) == port;

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
