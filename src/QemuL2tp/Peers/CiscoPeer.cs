using QemuL2tp.Options;

namespace QemuL2tp.Peers;

/// <summary>A static session of Cisco IOS (its documentation of L2TPv3): IP encapsulation, a sublayer only with sequencing.</summary>
internal static class CiscoPeer
{
    public static IEnumerable<string> Lines(PeerRequest request)
    {
        var rules = new PeerRules("Cisco IOS", request);
        rules.NoUdp();
        rules.NoOffset();
        rules.Sessions();
        L2tpv3Options ours = request.Ours;
        if (ours.IPv6)
            throw rules.Refused("ipv6", "on", "This pseudowire class is for IPv4: leave out ipv6 and write IPv4 addresses.");
        if (ours is { Counter: true, Rfc3931Sequencing: false })
            throw rules.Refused("counter", "on", "It has an L2-specific sublayer only with sequencing: leave out counter, or add x-seq=rfc3931.");
        (string local, string remote) = rules.Addresses();
        L2tpv3Options end = request.FarEnd;
        string name = $"L2TPV3-{request.Ours.Id}";

        yield return $"! Cisco IOS, the router whose Loopback0 has {local}; by its documentation, so look at a capture if frames do not arrive";
        yield return $"! {InnerMtu.Note(request)}";
        if (end.ReceiveCookieSize == 8 || end.TransmitCookieSize == 8)
            yield return "! a cookie of 8 bytes is two numbers, the low one first";
        yield return $"pseudowire-class {name}";
        yield return " encapsulation l2tpv3";
        yield return " protocol none";
        if (end.Rfc3931Sequencing)
            yield return " sequencing both";
        yield return " ip local interface Loopback0";
        yield return $"interface {request.InterfaceName ?? "GigabitEthernet0/1"}";
        yield return FormattableString.Invariant($" xconnect {remote} {end.ReceiveSession} encapsulation l2tpv3 manual pw-class {name}");
        yield return FormattableString.Invariant($"  l2tp id {end.ReceiveSession} {end.TransmitSession}");
        foreach ((string side, ulong cookie, int size) in new[] { ("local", end.ReceiveCookie, end.ReceiveCookieSize), ("remote", end.TransmitCookie, end.TransmitCookieSize) })
        {
            if (size > 0)
                yield return FormattableString.Invariant($"  l2tp cookie {side} {size} {(uint)cookie}{(size == 8 ? FormattableString.Invariant($" {cookie >> 32}") : "")}");
        }
    }
}
