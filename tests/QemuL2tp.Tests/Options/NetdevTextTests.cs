using QemuL2tp.Options;

namespace QemuL2tp.Tests.Options;

/// <summary>Text that QEMU accepts after <c>-netdev</c>, and what it means.</summary>
public sealed class NetdevTextTests
{
    internal const string Minimal = "l2tpv3,id=n,src=a,dst=b,txsession=1";
    internal const string Udp = Minimal + ",udp=on,srcport=16384,dstport=16385";

    internal static L2tpv3Options Parse(string text) => NetdevParser.Parse(text, []);

    [Test]
    public void The_shortest_text_gets_QEMUs_defaults()
    {
        Assert.That(Parse(Minimal), Is.EqualTo(new L2tpv3Options
        {
            Id = "n",
            Source = "a",
            Destination = "b",
            TransmitSession = 1,
            ReceiveSession = 1,
        }));
    }

    [Test]
    public void Every_option_has_its_place()
    {
        Assert.That(
            Parse("l2tpv3,id=net0,src=::1,dst=::2,srcport=1701,dstport=l2tp,ipv6=on,udp=on,cookie64=on,counter=on,pincounter=on,"
                + "txcookie=0x1122334455667788,rxcookie=2,txsession=0xffffffff,rxsession=7,offset=256,x-strict-source=off"),
            Is.EqualTo(new L2tpv3Options
            {
                Id = "net0",
                Source = "::1",
                Destination = "::2",
                SourcePort = "1701",
                DestinationPort = "l2tp",
                IPv6 = true,
                Udp = true,
                TransmitSession = 0xffffffff,
                ReceiveSession = 7,
                TransmitCookieSize = 8,
                ReceiveCookieSize = 8,
                TransmitCookie = 0x1122334455667788,
                ReceiveCookie = 2,
                Counter = true,
                PinCounter = true,
                Offset = 256,
                StrictSource = false,
            }));
    }

    [TestCase("type=l2tpv3,id=n,src=a,dst=b,txsession=1")]
    [TestCase("id=n,src=a,type=l2tpv3,dst=b,txsession=1")]
    [TestCase("src=a,type=user,dst=b,type=l2tpv3,txsession=1,id=n")]
    [TestCase(Minimal + ",")]
    [TestCase("l2tpv3,id=n,id=9,src=a,dst=b,txsession=1", TestName = "The_first_id_wins_and_a_later_bad_one_is_not_looked_at")]
    [TestCase("l2tpv3,id=n,src=z,src=a,dst=b,txsession=bad,txsession=1", TestName = "The_last_of_any_other_option_wins_and_an_earlier_bad_one_is_not_looked_at")]
    [TestCase("l2tpv3,id=n,src=a,dst=b,counter=maybe,txsession=1,counter=off")]
    public void Another_spelling_means_the_same_as_the_shortest_text(string text)
    {
        Assert.That(Parse(text), Is.EqualTo(Parse(Minimal)));
    }

    [TestCase("1", 1u)]
    [TestCase("0", 0u)]
    [TestCase("00", 0u)]
    [TestCase(" 5", 5u)]
    [TestCase("\t\n\v\f\r 5", 5u)]
    [TestCase("+5", 5u)]
    [TestCase(" +0x5", 5u)]
    [TestCase("0x10", 16u)]
    [TestCase("0XfF", 255u)]
    [TestCase("010", 8u)]
    [TestCase("0777", 511u)]
    [TestCase("4294967295", 4294967295u)]
    [TestCase("0xffffffff", 4294967295u)]
    [TestCase("000000000000000000000000000000001", 1u)]
    public void A_number_is_read_as_C_reads_it(string text, uint value)
    {
        Assert.That(Parse($"{Minimal},txsession={text}").TransmitSession, Is.EqualTo(value));
    }

    [TestCase("18446744073709551615", ulong.MaxValue)]
    [TestCase("0xffffffffffffffff", ulong.MaxValue)]
    [TestCase("01777777777777777777777", ulong.MaxValue)]
    [TestCase("9223372036854775808", 1ul << 63)]
    public void A_cookie_has_all_64_bits(string text, ulong value)
    {
        L2tpv3Options options = Parse($"{Minimal},cookie64=on,txcookie={text},rxcookie={text}");
        Assert.That((options.TransmitCookie, options.ReceiveCookie), Is.EqualTo((value, value)));
    }

    [TestCase("on", true)]
    [TestCase("yes", true)]
    [TestCase("true", true)]
    [TestCase("y", true)]
    [TestCase("off", false)]
    [TestCase("no", false)]
    [TestCase("false", false)]
    [TestCase("n", false)]
    public void A_boolean_has_four_words_each_way(string word, bool value)
    {
        Assert.That(Parse($"{Minimal},counter={word}").Counter, Is.EqualTo(value));
    }

    [TestCase("", 4)]
    [TestCase(",cookie64=on", 8)]
    [TestCase(",cookie64=off", 8)]
    [TestCase(",cookie64", 8)]
    [TestCase(",nocookie64", 8)]
    public void Any_mention_of_cookie64_selects_8_bytes(string cookie64, int size)
    {
        Assert.That(Parse($"{Minimal},txcookie=1,rxcookie=2{cookie64}").ReceiveCookieSize, Is.EqualTo(size));
    }

    [Test]
    public void Without_cookies_cookie64_adds_none()
    {
        Assert.That(Parse(Minimal + ",cookie64=on").ReceiveCookieSize, Is.Zero);
    }

    [Test]
    public void Two_commas_in_a_value_are_one()
    {
        Assert.That(Parse("l2tpv3,id=n,src=a,,b=c,,,,d,dst=b,txsession=1").Source, Is.EqualTo("a,b=c,,d"));
    }

    [TestCase("1", "1")]
    [TestCase("", "0")]
    [TestCase("010", "10")]
    [TestCase(" +5", "5")]
    [TestCase("70000", "4464")]
    [TestCase("2147483647", "65535")]
    [TestCase("4294967296", "0")]
    [TestCase("-4294967295", "1")]
    [TestCase("-1", "-1")]
    [TestCase("2147483648", "2147483648")]
    [TestCase("18446744073709551616", "18446744073709551616")]
    [TestCase("-18446744073709551616", "-18446744073709551616")]
    [TestCase("l2tp", "l2tp")]
    [TestCase("5x", "5x")]
    [TestCase(" ", " ")]
    [TestCase("-", "-")]
    [TestCase("0x10", "0x10")]
    public void A_port_is_a_number_of_16_bits_or_the_name_of_a_service(string text, string port)
    {
        L2tpv3Options options = Parse($"{Udp},srcport={text},dstport={text}");
        Assert.That((options.SourcePort, options.DestinationPort), Is.EqualTo((port, port)));
    }

    [Test]
    public void Ports_are_forgotten_without_udp()
    {
        L2tpv3Options options = Parse(Minimal + ",srcport=1,dstport=2");
        Assert.That((options.SourcePort, options.DestinationPort), Is.EqualTo(((string?)null, (string?)null)));
    }
}
