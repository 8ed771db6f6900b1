using static QemuL2tp.Integration.Scenarios.OptionWire;

namespace QemuL2tp.Integration.Scenarios;

/// <summary>The option texts of the differential test.</summary>
internal static partial class OptionCases
{
    private const string Udp = "l2tpv3,id=n,src=127.0.0.1,dst=127.0.0.1,udp=on,srcport={S},dstport={D}";
    private const string U = Udp + ",txsession=0x11223344";
    private const string U6 = "l2tpv3,id=n,src=::1,dst=::1,ipv6=on,udp=on,srcport={S},dstport={D},txsession=0x11223344";
    private const string I = "l2tpv3,id=n,src=127.0.0.1,dst=127.0.0.2,txsession=0x11223344";
    private const string I6 = "l2tpv3,id=n,src=::1,dst=::1,ipv6=on,txsession=0x11223344";
    private const string Net = "l2tpv3,src=127.0.0.1,dst=127.0.0.1,udp=on,srcport={S},dstport={D},txsession=0x11223344";
    private const string Start = "{\"type\":\"l2tpv3\",\"id\":\"n\",\"src\":\"127.0.0.1\",\"dst\":\"127.0.0.1\"";
    private const string J = Start + ",\"udp\":true,\"srcport\":\"{S}\",\"dstport\":\"{D}\",\"txsession\":287454020";

    /// <summary>Every case, with names that are one word.</summary>
    public static IEnumerable<OptionCase> All =>
        Layouts.Concat(Syntax).Concat(Booleans).Concat(Numbers).Concat(Ports).Concat(Rules).Concat(Sockets).Concat(Json).Concat(LegacyNet).Concat(Own)
            .Select(one => one with { Name = NameOf(one) });

    private static string NameOf(OptionCase one) => one.Name.Replace("\t", "\\t", StringComparison.Ordinal).Replace(' ', '_');

    private static OptionCase[] Layouts =>
    [
        new("udp", U),
        new("udp counter", U + ",counter=on"),
        new("udp pinned counter", U + ",counter=on,pincounter=on"),
        new("udp cookie", U + ",txcookie=0xa1a2a3a4,rxcookie=1"),
        new("udp cookie counter", U + ",txcookie=0xa1a2a3a4,rxcookie=1,counter=on"),
        new("udp cookie64", U + ",txcookie=0x1122334455667788,rxcookie=1,cookie64=on"),
        new("udp cookie64 counter", U + ",txcookie=1,rxcookie=1,cookie64=on,counter=on"),
        new("udp v6", U6, Udp6),
        new("udp v6 cookie64 counter", U6 + ",txcookie=0x1122334455667788,rxcookie=1,cookie64=on,counter=on", Udp6),
        new("ip", I, Ip4),
        new("ip counter", I + ",counter=on", Ip4),
        new("ip cookie", I + ",txcookie=0xa1a2a3a4,rxcookie=1", Ip4),
        new("ip cookie counter", I + ",txcookie=0xa1a2a3a4,rxcookie=1,counter=on", Ip4),
        new("ip cookie64", I + ",txcookie=0x1122334455667788,rxcookie=1,cookie64=on", Ip4),
        new("ip cookie64 pinned counter", I + ",txcookie=1,rxcookie=1,cookie64=on,counter=on,pincounter=on", Ip4),
        new("ip v6", I6, Ip6),
        new("ip v6 cookie64", I6 + ",txcookie=0x1122334455667788,rxcookie=1,cookie64=on", Ip6),
        new("ip offset", I + ",offset=4", Ip4),
        new("udp counter offset", U + ",counter=on,offset=4"),
        new("udp largest offset", U + ",offset=256"),
        new("pincounter without counter and room in the offset", U + ",pincounter=on,offset=8"),
        new("pincounter without counter", U + ",pincounter=on,cookie64=on,txcookie=1,rxcookie=2"),
        new("cookie64 off still is 64 bits", U + ",txcookie=0x1122334455667788,rxcookie=1,cookie64=off"),
        new("cookie64 without cookies", U + ",cookie64=on"),
        new("cookie cut to 32 bits", U + ",txcookie=0x1122334455667788,rxcookie=1"),
        new("own receive session", U + ",rxsession=7"),
        new("session 0", U + ",txsession=0"),
    ];

    private static OptionCase[] Syntax =>
    [
        new("empty text", ""),
        new("only a comma", ","),
        new("only an equals sign", "="),
        new("equals sign first", "=l2tpv3"),
        new("type alone", "l2tpv3"),
        new("id missing", "type=l2tpv3,src=a"),
        new("type missing", "id=n,src=a"),
        new("type missing and a bare word", "id=n,l2tpv3,src=a"),
        new("src missing", "l2tpv3,id=n"),
        new("dst missing", "l2tpv3,id=n,src=a"),
        new("txsession missing", "l2tpv3,id=n,src=a,dst=b"),
        new("type named", "type=" + U),
        new("type in the middle", "id=n,src=127.0.0.1,dst=127.0.0.1,udp=on,srcport={S},type=l2tpv3,dstport={D},txsession=9"),
        new("type twice", U.Replace("l2tpv3,", "type=user,", StringComparison.Ordinal) + ",type=l2tpv3"),
        new("type unknown", "foo,id=n"),
        new("type in capitals", "L2TPV3,id=n"),
        new("type overwritten by nonsense", U + ",type=foo"),
        new("type overwritten by nothing", U + ",type="),
        new("type as a bare word", U + ",type"),
        new("type of another backend", "user,id=n", None),
        new("type of another backend without its options", "hubport,id=n"),
        new("type of our front end", "stream,id=n,server=on"),
        new("type that QEMU has not either", "nic,id=n"),
        new("type help", "help"),
        new("type with comma", "l2tpv3,,x,id=n"),
        new("id a number", "l2tpv3,id=1a"),
        new("id empty", "l2tpv3,id="),
        new("id with slash", "l2tpv3,id=a/b"),
        new("id with all characters", U.Replace("id=n", "id=aZ9-._", StringComparison.Ordinal)),
        new("id bare", "l2tpv3,id"),
        new("id bare and negative", "l2tpv3,noid"),
        new("id twice second bad", U + ",id=1"),
        new("id twice first bad", "l2tpv3,id=1,id=n"),
        new("id bad and a bare word before it", "l2tpv3,udp,id=9"),
        new("trailing comma", U + ","),
        new("two trailing commas", U + ",,"),
        new("three trailing commas", U + ",,,"),
        new("unknown option", U + ",foo=1"),
        new("unknown bare word", U + ",foo"),
        new("unknown negative bare word", U + ",nofoo"),
        new("unknown option in capitals", U + ",SRC=1"),
        new("option without name", U + ",=5"),
        new("help among the options", U + ",help"),
        new("question mark among the options", U + ",?"),
        new("missing option before unknown", "l2tpv3,id=n,foo=1"),
        new("two unknown options", "l2tpv3,c=3,b=2,a=1,id=n,src=127.0.0.1,dst=127.0.0.1,txsession=1"),
        new("ipv6-net", U + ",ipv6-net=fec0::0/64"),
        new("name and vlan are not for netdev", U + ",vlan=0"),
        new("escaped comma in an unknown value", U + ",foo=a,,b"),
    ];

    private static OptionCase[] Booleans =>
    [
        new("bare counter", U + ",counter"),
        new("bare nocounter", U + ",counter=on,nocounter"),
        new("bare udp and counter", U + ",udp,counter"),
        new("bare nocookie64", U + ",txcookie=1,rxcookie=1,nocookie64"),
        .. new[] { "on", "yes", "true", "y", "off", "no", "false", "n" }.Select(word => new OptionCase($"counter {word}", $"{U},counter={word}")),
        .. new[] { "", "1", "0", "ON", "On", "t", "enable", " on", "on " }.Select(word => new OptionCase($"counter '{word}'", $"{U},counter={word}")),
        new("last boolean wins", U + ",counter=bad,counter=on"),
        new("last boolean is bad", U + ",counter=on,counter=bad"),
        new("two bad booleans", U + ",counter=bad,udp=bad"),
    ];

    private static OptionCase[] Numbers =>
    [
        .. new[]
        {
            "1", "00", "16", "0x10", "0X1f", "010", "0777", "08", "0x", "0b11", " 5", "\t5", "+5", " +0x5", "+ 5", "++5", "-5", "-0", "5 ", "1k",
            "1.0", "", "on", "4294967295", "4294967296", "18446744073709551615", "18446744073709551616", "0xffffffff", "0x100000000",
        }.Select(number => new OptionCase($"txsession '{number}'", $"{Udp},txsession={number}")),
        new("txsession bare", Udp + ",txsession"),
        new("largest cookies", U + ",cookie64=on,txcookie=18446744073709551615,rxcookie=18446744073709551615"),
        new("octal cookie", U + ",txcookie=01777,rxcookie=1"),
        new("cookie too large", U + ",txcookie=1,rxcookie=18446744073709551616"),
        new("cookie negative", U + ",txcookie=-1,rxcookie=1"),
        new("rxsession too large", U + ",rxsession=4294967296"),
        new("bad cookie before bad session", U + ",rxsession=x,txcookie=x"),
        new("bad boolean before bad cookie", U + ",txcookie=x,pincounter=x"),
    ];

    private static OptionCase[] Ports =>
    [
        new("srcport above 65535", U + ",srcport={S+64k}"),
        new("dstport above 65535", U + ",dstport={D+64k}"),
        new("dstport negative", U + ",dstport=-1"),
        new("dstport above 31 bits", U + ",dstport=4294967295"),
        new("dstport far above 64 bits", U + ",dstport=99999999999999999999"),
        new("dstport negative and far below 32 bits", U + ",dstport=-4294967295", None),
        new("dstport zero", U + ",dstport=0", None),
        new("dstport with zeros in front", U + ",dstport=000{D}"),
        new("dstport with blank and sign", U + ",dstport= +{D}"),
        new("srcport empty", U + ",srcport=", None),
        new("srcport of no service", U + ",srcport=nosuchservice"),
        new("srcport hexadecimal", U + ",srcport=0x10"),
        new("dstport of no service", U + ",dstport=nosuchservice"),
        new("ports bare", "l2tpv3,id=n,src=127.0.0.1,dst=127.0.0.1,udp,srcport,dstport,txsession=1"),
        new("ports without udp", I + ",srcport=1,dstport=2", Ip4),
        new("udp without ports", "l2tpv3,id=n,src=127.0.0.1,dst=127.0.0.1,udp=on,txsession=1"),
        new("udp without dstport", "l2tpv3,id=n,src=127.0.0.1,dst=127.0.0.1,udp=on,srcport=1,txsession=1"),
    ];

    private static OptionCase[] Rules =>
    [
        new("offset 257", U + ",offset=257"),
        new("offset above 32 bits", U + ",offset=4294967296"),
        new("offset with unit", U + ",offset=256k"),
        new("only rxcookie", U + ",rxcookie=1"),
        new("only txcookie", U + ",txcookie=1"),
        new("offset before cookies", U + ",offset=257,rxcookie=1"),
        new("cookies before ports", "l2tpv3,id=n,src=a,dst=b,udp=on,txsession=1,rxcookie=1"),
        new("ports before names", "l2tpv3,id=n,src=,dst=,udp=on,txsession=1"),
    ];

    private static OptionCase[] Sockets =>
    [
        new("src empty", "l2tpv3,id=n,src=,dst=127.0.0.1,udp=on,srcport={S},dstport={D},txsession=1"),
        new("dst empty", "l2tpv3,id=n,src=127.0.0.1,dst=,udp=on,srcport={S},dstport={D},txsession=1"),
        new("src v4 with ipv6", U + ",ipv6=on"),
        new("src v6 without ipv6", U + ",src=::1"),
        new("dst v6 without ipv6", U + ",dst=::1"),
        new("src in brackets", U6.Replace("src=::1", "src=[::1]", StringComparison.Ordinal)),
        new("src in old notation", U.Replace("src=127.0.0.1", "src=127.1", StringComparison.Ordinal)),
        new("src not of this host", U + ",src=192.0.2.1"),
        new("srcport in use", U + ",srcport={D}"),
    ];

    private static OptionCase[] LegacyNet =>
    [
        new("net", Net, IsLegacyNet: true),
        new("net counter bare", Net + ",counter", IsLegacyNet: true),
        new("net with id", Net + ",id=foo", IsLegacyNet: true),
        new("net with bad id", Net + ",id=1", IsLegacyNet: true),
        new("net with two ids", Net + ",id=a,id=b", IsLegacyNet: true),
        new("net with vlan", Net + ",vlan=0", IsLegacyNet: true),
        new("net with name", Net + ",name=foo", IsLegacyNet: true),
        new("net with unknown option", Net + ",foo=1", IsLegacyNet: true),
        new("net without options", "l2tpv3", IsLegacyNet: true),
        new("net without type", "src=a", IsLegacyNet: true),
        new("net empty", "", IsLegacyNet: true),
        new("net unknown type", "foo", IsLegacyNet: true),
        new("net has no JSON", "{\"type\":\"l2tpv3\"}", IsLegacyNet: true),
    ];
}
