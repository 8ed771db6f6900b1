using System.Net.Sockets;
using QemuL2tp.Options;
using QemuL2tp.Tests.TestSupport;

namespace QemuL2tp.Tests.Cli;

/// <summary>What is wrong with an option's text: one line in QEMU's words, the remedy on the next, exit status 1.</summary>
internal sealed class OptionTextTests : ProgramTest
{
    [TestCase("l2tpv3,id=a,dst=127.0.0.1,txsession=1", "Parameter 'src' is missing", "Add src=VALUE: ")]
    [TestCase("l2tpv3,id=a,src=127.0.0.1,dst=127.0.0.1,txsession=1,foo=1", "Invalid parameter 'foo'", "")]
    [TestCase("l2tpv3,id=a,src=127.0.0.1,dst=127.0.0.1,txsession=1,udp=on", "need both src and dst port for udp", "With udp=on, add srcport=PORT and dstport=PORT")]
    [TestCase("l2tpv3,id=a,src=::1,dst=127.0.0.1,txsession=1,udp=on,srcport=1,dstport=2", "could not resolve src, errno = Address family for hostname not supported", "src=::1 ")]
    [TestCase("{\"id\": 1}", "Invalid parameter type for 'id', expected: string", "")]
    [TestCase("", "Parameter 'id' is missing", "Add id=VALUE")]
    public void A_bad_text_is_answered_in_QEMUs_words_with_a_remedy(string text, string message, string remedy)
    {
        ProgramProcess process = Run(1, "-netdev", text);
        string[] lines = process.Errors.Split('\n');
        Assert.That(lines[0], Is.EqualTo($"qemu-l2tp: -netdev {text}: {message}"));
        Assert.That(lines[1], Does.StartWith(remedy).And.Not.Empty);
        Assert.That(lines, Has.Length.EqualTo(3));
        Assert.That(process.Output, Is.Empty);
    }

    [Test]
    public void An_empty_text_after_an_equals_sign_is_the_same() =>
        Assert.That(Run(1, "--netdev=").Errors, Does.StartWith("qemu-l2tp: -netdev : Parameter 'id' is missing\n"));

    [Test]
    public void A_bad_front_end_is_answered_with_its_own_text() =>
        Assert.That(
            Run(1, "-netdev", Netdev(), "--frontend", "stream,addr.type=unix").Errors,
            Does.Match("^qemu-l2tp: --frontend stream,addr.type=unix: Parameter 'addr.path' is missing\nAdd addr.path=VALUE.*\n$"));

    [Test]
    public void A_warning_does_not_stop_it()
    {
        string text = Netdev() + ",pincounter=on";
        ProgramProcess process = Start("-netdev", text).UntilReady();
        Assert.That(process.Terminate(), Is.Zero);
        Assert.That(process.Errors, Does.StartWith($"qemu-l2tp: -netdev {text}: warning: pincounter=on has no effect without counter"));
    }

    [Test]
    public void A_warning_comes_before_the_error_that_follows()
    {
        string text = "l2tpv3,id=a,src=127.0.0.1,dst=127.0.0.1,noudp,txsession=x";
        Assert.That(
            Run(1, "-netdev", text).Errors,
            Does.Match($"^qemu-l2tp: -netdev {text}: warning: (.*\n)+qemu-l2tp: -netdev {text}: Parameter 'txsession' expects a uint64 value\n"));
    }

    [Test]
    public void A_port_in_use_is_QEMUs_error_98()
    {
        L2tpv3Options options = Loopback.NewOptions();
        using Socket other = Loopback.Udp(Loopback.SourceOf(options));
        string text = Netdev(options);
        string holder = $"{File.ReadAllText("/proc/self/comm").TrimEnd()} (pid {Environment.ProcessId})";
        Assert.That(
            Run(1, "-netdev", text).Errors,
            Is.EqualTo($"qemu-l2tp: -netdev {text}: could not bind socket err=98\nsrcport={options.SourcePort} on src={options.Source} is in use by {holder}; end that process or choose another srcport (and the peer's destination port with it)\n"));
        Assert.That(File.Exists(FileName("qemu-l2tp/net0.sock")), Is.False);
    }

    [Test]
    public void Ip_encapsulation_without_privilege_says_what_to_do()
    {
        const string Text = "l2tpv3,id=a,src=127.0.0.1,dst=127.0.0.1,txsession=1";
        string[] without = Environment.IsPrivilegedProcess ? ["setpriv", "--bounding-set", "-net_raw", "--inh-caps", "-net_raw"] : [];
        ProgramProcess process = StartCommand([.. without, ProgramProcess.Path, "-netdev", Text]);
        Assert.That(process.WaitForExit(), Is.EqualTo(1));
        Assert.That(
            process.Errors,
            Does.Match($"^qemu-l2tp: -netdev {Text}: socket creation failed, errno = 1\nIP encapsulation needs CAP_NET_RAW: .*setcap cap_net_raw\\+ep.*udp=on.*\n$"));
    }

    private static readonly string[] s_hostile =
    [
        ",", ",,", "=", "l2tpv3", "l2tpv3,", "l2tpv3,,", "l2tpv3,=", "l2tpv3,id", "l2tpv3,id=", "l2tpv3,id=0", "{", "{}", "[]", "{\"type\"", "{\"type\":\"l2tpv3\",\"type\":1}",
        "user", "l2tpv3,id=a,help", "help", "?", "l2tpv3,id=a,src=%s%n%x,dst=1,txsession=1", "l2tpv3,id=a,src=127.0.0.1,dst=127.0.0.1,txsession=99999999999999999999999",
        "l2tpv3,id=a,src=127.0.0.1,dst=127.0.0.1,txsession=0x100000000", "l2tpv3,id=a,src=127.0.0.1,dst=127.0.0.1,txsession=-1", "l2tpv3,id=\u00e9\u4e2d,src=a", "l2tpv3,id=a,src=\t\n,dst=\u001b[31m,txsession=1,offset=257",
        "l2tpv3,id=a,src=127.0.0.1,dst=127.0.0.1,txsession=1,rxcookie=18446744073709551616,txcookie=1", "-", "--",
    ];

    [Test]
    public void C_1_hostile_text_is_an_error_message_and_nothing_else()
    {
        string[] texts = [.. s_hostile, new string('{', 100_000), new string('a', 100_000)];
        foreach (string[] some in texts.Chunk(4))
        {
            (string Text, ProgramProcess Process)[] started = Array.ConvertAll(some, text => (text, Start("-netdev=" + text)));
            foreach ((string text, ProgramProcess process) in started)
                ExpectError(text, process);
        }
    }

    private static void ExpectError(string text, ProgramProcess process)
    {
        Assert.That(process.WaitForExit(), Is.EqualTo(1), text);
        Assert.That(process.Errors, Does.StartWith("qemu-l2tp: ").And.Not.Contain("   at "), text);
        Assert.That(process.Output, Is.Empty);
    }

    [Test]
    public void C_1_bytes_that_are_no_text_are_an_error_message_too()
    {
        ProgramProcess process = StartByShell("exec \"$@\" -netdev $'l2tpv3,id=a,src=\\xff\\xfe,dst=127.0.0.1,txsession=1,udp=on,srcport=1,dstport=2'");
        Assert.That(process.WaitForExit(), Is.EqualTo(1));
        Assert.That(process.Errors, Does.Contain(": could not resolve src, errno = ").And.Not.Contain("   at "));
    }
}
