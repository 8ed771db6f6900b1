using FsCheck;
using FsCheck.Fluent;
using QemuL2tp.Options;
using QemuL2tp.Tests.TestSupport;

namespace QemuL2tp.Tests.Options;

/// <summary>Hostile option text: whatever is written, the answer is options or a user's error, never anything else.</summary>
public sealed class C1OptionTextProperties
{
    private static readonly string[] s_pieces =
    [
        "l2tpv3", "stream", "socket", "type", "id", "src", "dst", "srcport", "dstport", "udp", "noudp", "cookie64", "txcookie", "rxcookie",
        "txsession", "offset", "counter", "=", "=", "=", ",", ",", ",,", "{", "}", "[", "]", ":", "\"", "'", "\\", "\\u", "d83d", "addr", ".",
        "addr.type", "unix", "inet", "fd", "addr.path", "addr.str", "server", "reconnect", "listen", "connect", "on", "off", "true", "null", "0x",
        "0", "08", "-", "+", " ", "1e", "18446744073709551616", "4294967296", "é", "\ud800", "\0", "\t", "n", "?", "%",
        "x-seq", "rfc3931", "plain", "x-seq-file", "x-reorder-window", "x-reorder-hold", "x-reorder-late", "drop", "x-restart-run",
        "x-rxcookie2", "x-gso", "x-gro", "x-wait", "x-resolve", "auto", "x-txcookie-size", "x-rxcookie-size", "4", "8",
    ];

    /// <summary>Text glued from pieces that mean something, so that it gets past the first check now and then.</summary>
    private static Arbitrary<string> HostileText() =>
        Gen.Elements(s_pieces).ListOf().Select(string.Concat).ToArbitrary();

    private static Arbitrary<L2tpv3Options> AnyOptions()
    {
        Gen<string> text = Gen.Elements(["a", "10.0.0.1", "::1", "x,y", ",", "a=b", ",,", "l2tp", "no", "é"]);
        Gen<ulong> number = ArbMap.Default.GeneratorFor<ulong>();
        Gen<bool> flag = ArbMap.Default.GeneratorFor<bool>();
        return (from source in text
                from destination in text
                from ports in text.Two()
                from flags in flag.ArrayOf(6)
                from sessions in number.Two()
                from cookies in number.Two()
                from cookieSizes in Gen.Elements([0, 4, 8]).Two()
                from offset in Gen.Choose(0, 256)
                from second in number
                from window in Gen.Choose(0, 1024)
                from hold in Gen.Choose(0, 1000)
                from run in Gen.Choose(2, 16)
                from more in flag.ArrayOf(4)
                from offloads in Gen.Elements([OffloadSwitch.Auto, OffloadSwitch.Off, OffloadSwitch.On]).Two()
                let sequencing = flags[2] && !flags[3] && more[0]
                select new L2tpv3Options
                {
                    Id = "n",
                    Source = source,
                    Destination = destination,
                    SourcePort = flags[0] ? ports.Item1 : null,
                    DestinationPort = flags[0] ? ports.Item2 : null,
                    Udp = flags[0],
                    IPv6 = flags[1],
                    Counter = flags[2],
                    PinCounter = flags[3],
                    StrictSource = flags[4],
                    TransmitSession = (uint)sessions.Item1,
                    ReceiveSession = (uint)sessions.Item2,
                    TransmitCookieSize = cookieSizes.Item1,
                    ReceiveCookieSize = cookieSizes.Item2,
                    TransmitCookie = cookieSizes.Item1 == 0 ? 0 : cookies.Item1,
                    ReceiveCookie = cookieSizes.Item2 == 0 ? 0 : cookies.Item2,
                    ReceiveCookie2 = cookieSizes.Item2 == 0 || more[1] ? null : second,
                    Offset = offset,
                    ReorderWindow = window,
                    ReorderHoldMilliseconds = hold,
                    DropLate = more[2],
                    RestartRun = run,
                    Rfc3931Sequencing = sequencing,
                    SequenceFile = sequencing && more[3] ? source : null,
                    SendOffload = flags[0] ? offloads.Item1 : OffloadSwitch.Auto,
                    ReceiveOffload = flags[0] ? offloads.Item2 : OffloadSwitch.Off,
                    Waits = more[0] ? more[1] : null,
                    ResolveOnce = more[2],
                }).ToArbitrary();
    }

    [Test]
    public void C_1_arbitrary_netdev_text_gives_options_or_a_users_error()
    {
        CheckOnlyUserErrors(text => NetdevParser.Parse(text, []));
        CheckOnlyUserErrors(text => NetdevParser.Parse("{" + text, []));
        CheckOnlyUserErrors(text => NetdevParser.Parse(NetdevTextTests.Udp + "," + text, []));
    }

    [Test]
    public void C_1_arbitrary_net_text_gives_options_or_a_users_error()
    {
        CheckOnlyUserErrors(text => NetdevParser.ParseLegacyNet(text, []));
    }

    [Test]
    public void C_1_arbitrary_frontend_text_gives_options_or_a_users_error()
    {
        CheckOnlyUserErrors(text => FrontendParser.Parse(text, []));
        CheckOnlyUserErrors(text => FrontendParser.Parse("{" + text, []));
        CheckOnlyUserErrors(text => FrontendParser.Parse("stream,addr.type=inet," + text, []));
        CheckOnlyUserErrors(text => FrontendParser.Parse("socket," + text, []));
    }

    [Test]
    public void C_1_options_printed_as_text_are_read_back_the_same()
    {
        Prop.ForAll(AnyOptions(), options => NetdevParser.Parse(NetdevWriter.Write(options), []) == options).QuickCheckThrowOnFailure();
    }

    [Test]
    public void C_1_a_comma_escaped_value_survives_whatever_it_is()
    {
        Prop.ForAll(ArbMap.Default.ArbFor<NonNull<string>>(), value =>
        {
            string escaped = value.Get.Replace(",", ",,", StringComparison.Ordinal);
            // The full stop keeps the end from being a port, which is a mistake of its own.
            return NetdevParser.Parse($"l2tpv3,src={escaped}.,id=n,dst=b,txsession=1", []).Source == value.Get + "."
                || escaped.Contains(",id=", StringComparison.Ordinal);
        }).QuickCheckThrowOnFailure();
    }

    [Test]
    public void C_1_a_very_long_text_is_answered_at_once()
    {
        const int Count = 200_000;
        string text = NetdevTextTests.Minimal + string.Concat(Enumerable.Repeat(",counter=off,src=,,", Count));
        TimeSpan before = ProcessFacts.ThreadProcessorTime;
        NetdevParser.Parse(text + ",src=z", []);
        Assert.That(() => NetdevParser.Parse(text + ",foo=" + new string('x', Count), []), Throws.InstanceOf<UserErrorException>());
        // A second where it is linear, minutes where it is not.
        Assert.That(ProcessFacts.ThreadProcessorTime - before, Is.LessThan(TimeSpan.FromSeconds(20)));
    }

    private static void CheckOnlyUserErrors(Action<string> parse)
    {
        bool IsAnswered(string text)
        {
            try
            {
                parse(text);
                return true;
            }
            catch (UserErrorException error)
            {
                return !string.IsNullOrEmpty(error.Problem) && !string.IsNullOrEmpty(error.Remedy);
            }
        }

        Config config = Config.QuickThrowOnFailure.WithMaxTest(1000);
        Prop.ForAll(HostileText(), IsAnswered).Check(config);
        Prop.ForAll(ArbMap.Default.ArbFor<NonNull<string>>(), text => IsAnswered(text.Get)).Check(config);
    }
}
