namespace QemuL2tp.Options;

/// <summary>The checks that QEMU's net/l2tpv3.c makes once all options are read, in its order, and the defaults.</summary>
internal static class L2tpv3Rules
{
    private const uint LargestOffset = 256;

    private static readonly string[] s_portNames = ["srcport", "dstport"];
    private static readonly string[] s_addressNames = ["src", "dst"];

    /// <summary>Builds the options from option name and typed value.</summary>
    public static L2tpv3Options Apply(OptionValues values)
    {
        uint offset = values.Get("offset", 0u);
        if (offset > LargestOffset)
        {
            throw values.Error(
                "offset", "offset must be less than 256 bytes", $"'offset={values.Written("offset")}' is too large: write a number from 0 to 256 (256 itself is allowed).");
        }

        L2tpv3CookieRules.RequirePair(values);
        bool udp = values.Get("udp", false);
        if (udp && !(values.ContainsKey("srcport") && values.ContainsKey("dstport")))
        {
            string missing = string.Join(" and ", s_portNames.Where(name => !values.ContainsKey(name)).Select(name => $"{name}=PORT"));
            (string name, string? hint) = s_addressNames.Select(name => (name, L2tpv3AddressRules.Hint(name, (string)values[name], udp, values.Get("ipv6", false)))).FirstOrDefault(each => each.Item2 is not null, ("udp", null));
            throw values.Error(name, "need both src and dst port for udp", hint ?? $"With udp={values.Written("udp")}, add {missing}; there is no default port.");
        }

        uint transmitSession = (uint)values["txsession"];
        var options = new L2tpv3Options
        {
            Id = (string)values["id"],
            Source = (string)values["src"],
            Destination = (string)values["dst"],
            SourcePort = udp ? UdpPort.Normalise((string)values["srcport"]) : null,
            DestinationPort = udp ? UdpPort.Normalise((string)values["dstport"]) : null,
            IPv6 = values.Get("ipv6", false),
            Udp = udp,
            TransmitSession = transmitSession,
            ReceiveSession = values.Get("rxsession", transmitSession),
            Counter = values.Get("counter", false),
            PinCounter = values.Get("pincounter", false),
            Offset = (int)offset,
            StrictSource = values.Get("x-strict-source", true),
            Waits = values.Get<bool?>("x-wait", null),
            ResolveOnce = values.Is("x-resolve", "once", "again"),
        };
        return L2tpv3AddressRules.RequireAddresses(L2tpv3OffloadRules.Apply(L2tpv3NumberRules.Apply(L2tpv3CookieRules.Apply(options, values), values), values));
    }
}
