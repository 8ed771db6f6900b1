using System.Net.Sockets;
using QemuL2tp.Options;
using QemuL2tp.Tests.TestSupport;

namespace QemuL2tp.Tests.Cli;

/// <summary>Which pseudowires and front ends a command line makes.</summary>
internal sealed class PseudowireTests : ProgramTest
{
    [TestCase("-netdev")]
    [TestCase("--netdev")]
    [TestCase("-netdev=")]
    [TestCase("--netdev=")]
    public void A_pseudowire_is_named_as_in_QEMU(string option)
    {
        string[] arguments = option.EndsWith('=') ? [option + Netdev()] : [option, Netdev()];
        ExpectOutput(Start(arguments), Default("net0"));
    }

    [Test]
    public void The_old_net_option_needs_no_id()
    {
        string text = Netdev().Replace("id=net0,", "vlan=1,", StringComparison.Ordinal);
        ProgramProcess process = Start("-net", text);
        ExpectOutput(process, Default("net0"));
        Assert.That(process.Errors, Does.Contain($"qemu-l2tp: -net {text}: warning: vlan=1 is ignored"));
    }

    [Test]
    public void The_json_form_is_taken()
    {
        L2tpv3Options options = Loopback.NewOptions();
        string json = $$"""{"type":"l2tpv3","id":"j","src":"{{options.Source}}","dst":"{{options.Destination}}","udp":true,"srcport":"{{options.SourcePort}}","dstport":"{{options.DestinationPort}}","txsession":1}""";
        ExpectOutput(Start("-netdev", json), Default("j"));
    }

    [Test]
    public void Front_ends_find_their_pseudowires_by_id_in_any_order()
    {
        string[] netdevs = ["-netdev", Netdev("a"), "-netdev", Netdev("b"), "-net", Netdev("c")];
        string[] frontends = ["--frontend", Stream("b"), "--frontend", Stream("a")];
        string expected = Line("a", FileName("a.sock")) + Line("b", FileName("b.sock")) + Default("c");
        ExpectOutput(Start([.. netdevs, .. frontends]), expected, 3);
        ExpectOutput(Start([.. frontends, .. netdevs]), expected, 3);
    }

    [Test]
    public void Several_pseudowires_carry_frames_apart()
    {
        L2tpv3Options[] options = [Loopback.NewOptions(), Loopback.NewOptions()];
        using Socket peerA = Loopback.PeerOf(options[0]);
        using Socket peerB = Loopback.PeerOf(options[1]);
        ProgramProcess process = Start("-netdev", Netdev(options[0], "a"), "-netdev", Netdev(options[1], "b")).UntilReady(2);
        using var qemuA = FakeQemu.Connect(FileName("qemu-l2tp/a.sock"));
        using var qemuB = FakeQemu.Connect(FileName("qemu-l2tp/b.sock"));
        qemuA.Send(LoopbackLink.Frame(60, 1));
        qemuB.Send(LoopbackLink.Frame(60, 2));
        L2tpPeer codec = PseudowireOptions.PeerOf(options[0]);
        Assert.That(codec.Decode(peerA.ReceiveDatagram(), out _), Is.EqualTo(LoopbackLink.Frame(60, 1)));
        Assert.That(codec.Decode(peerB.ReceiveDatagram(), out _), Is.EqualTo(LoopbackLink.Frame(60, 2)));
        peerB.SendTo(codec.Encode([1, 2, 3]), Loopback.SourceOf(options[1]));
        Assert.That(qemuB.Receive(), Is.EqualTo(new byte[] { 1, 2, 3 }));
        Assert.That(process.Terminate(), Is.Zero);
        Assert.That(process.Errors, Does.Contain("a: statistics\n  guest to tunnel: 1 frames, 60 bytes, 0 dropped, 1 in\n  tunnel to guest: 0 frames"));
        Assert.That(process.Errors, Does.Contain("b: statistics\n  guest to tunnel: 1 frames, 60 bytes, 0 dropped, 1 in\n  tunnel to guest: 1 frames, 3 bytes"));
    }

    [TestCase("x", "there is no -netdev 'x'")]
    [TestCase(null, "Parameter 'id' is missing")]
    [TestCase("a", "the -netdev 'a' has a front end already")]
    public void A_front_end_that_fits_no_pseudowire_is_an_error(string? id, string message)
    {
        string extra = Stream(id, "extra.sock");
        ProgramProcess process = Run(1, "-netdev", Netdev("a"), "-netdev", Netdev("b"), "--frontend", Stream("a"), "--frontend", extra);
        Assert.That(process.Errors, Is.EqualTo($"qemu-l2tp: --frontend {extra}: {message}\nGive each --frontend the id= of its own pseudowire; there is: a, b.\n"));
        Assert.That(File.Exists(FileName("extra.sock")), Is.False);
    }

    [Test]
    public void A_second_front_end_for_the_only_pseudowire_is_an_error() =>
        Assert.That(
            Run(1, "-netdev", Netdev("a"), "--frontend", Stream(null, "1"), "--frontend", Stream(null, "2")).Errors,
            Does.Contain(": the -netdev 'a' has a front end already\n"));

    [Test]
    public void An_id_used_twice_is_QEMUs_error()
    {
        string second = Netdev("a");
        Assert.That(
            Run(1, "-netdev", Netdev("a"), "-netdev", second).Errors,
            Does.StartWith($"qemu-l2tp: -netdev {second}: Duplicate ID 'a' for netdev\n"));
    }

    [Test]
    public void When_a_later_pseudowire_cannot_be_opened_nothing_of_the_earlier_is_left()
    {
        string text = Netdev("a");
        Run(1, "-netdev", text, "-netdev", text.Replace("id=a", "id=b", StringComparison.Ordinal));
        Assert.That(Directory.GetFiles(FileName("."), "*.sock", SearchOption.AllDirectories), Is.Empty);
    }

    private void ExpectOutput(ProgramProcess process, string output, int pseudowires = 1)
    {
        process.UntilReady(pseudowires);
        Assert.That(process.Terminate(), Is.Zero);
        Assert.That(process.Output, Is.EqualTo(output));
        if (Directory.Exists(FileName("qemu-l2tp")))
            Assert.That(Directory.GetFiles(FileName("."), "*.sock", SearchOption.AllDirectories), Is.Empty);
    }

    private string Default(string id) => Line(id, FileName($"qemu-l2tp/{id}.sock"));

    private string Stream(string? id, string? file = null) =>
        $"stream,{(id is null ? "" : $"id={id},")}server=on,addr.type=unix,addr.path={FileName(file ?? id + ".sock")}";

    private static string Line(string id, string path) =>
        $"-netdev stream,id={id},server=off,addr.type=unix,addr.path={path} -device virtio-net-pci,netdev={id},rx_queue_size=1024,speed=10000,duplex=full\n";
}
