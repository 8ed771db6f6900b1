namespace QemuL2tp.Options;

/// <summary>The checks that QEMU's net/l2tpv3.c makes once all options are read, in its order, and the defaults.</summary>
internal static class L2tpv3Rules
{
    private const uint LargestOffset = 256;

    private static readonly string[] s_portNames = ["srcport", "dstport"];

    /// <summary>Builds the options from option name and typed value.</summary>
    public static L2tpv3Options Apply(IReadOnlyDictionary<string, object> values)
    {
        uint offset = Get(values, "offset", 0u);
        if (offset > LargestOffset)
        {
            throw new UserErrorException(
                "offset must be less than 256 bytes", $"'offset={offset}' is too large: write a number from 0 to 256 (256 itself is allowed).");
        }

        bool hasCookie = values.ContainsKey("txcookie");
        if (hasCookie != values.ContainsKey("rxcookie"))
        {
            (string given, string missing) = hasCookie ? ("txcookie", "rxcookie") : ("rxcookie", "txcookie");
            throw new UserErrorException(
                "require both 'rxcookie' and 'txcookie' or neither",
                $"Only '{given}={values[given]}' is given: add {missing}=VALUE (the same value if the peer has one cookie for both directions).");
        }

        bool udp = Get(values, "udp", false);
        if (udp && !(values.ContainsKey("srcport") && values.ContainsKey("dstport")))
        {
            string missing = string.Join(" and ", s_portNames.Where(name => !values.ContainsKey(name)).Select(name => $"{name}=PORT"));
            throw new UserErrorException("need both src and dst port for udp", $"With udp=on, add {missing}; there is no default port.");
        }

        uint transmitSession = (uint)values["txsession"];
        return new L2tpv3Options
        {
            Id = (string)values["id"],
            Source = (string)values["src"],
            Destination = (string)values["dst"],
            SourcePort = udp ? UdpPort.Normalise((string)values["srcport"]) : null,
            DestinationPort = udp ? UdpPort.Normalise((string)values["dstport"]) : null,
            IPv6 = Get(values, "ipv6", false),
            Udp = udp,
            TransmitSession = transmitSession,
            ReceiveSession = Get(values, "rxsession", transmitSession),
            // QEMU takes the mere presence of cookie64 as "8 bytes", even cookie64=off (net/l2tpv3.c).
            CookieSize = !hasCookie ? 0 : values.ContainsKey("cookie64") ? 8 : 4,
            TransmitCookie = Get(values, "txcookie", 0ul),
            ReceiveCookie = Get(values, "rxcookie", 0ul),
            Counter = Get(values, "counter", false),
            PinCounter = Get(values, "pincounter", false),
            Offset = (int)offset,
            StrictSource = Get(values, "x-strict-source", true),
        };
    }

    private static T Get<T>(IReadOnlyDictionary<string, object> values, string name, T absent) =>
        values.TryGetValue(name, out object? value) ? (T)value : absent;
}
