using QemuL2tp.Integration.Peers;

namespace QemuL2tp.Integration.Scenarios;

/// <summary>
/// Every <c>seq</c> of a Linux session against each way to fill the counter field. The harness plays QEMU and the peer
/// sends each frame back, so one that returns has satisfied both receivers.
/// </summary>
[TestFixture]
public sealed class Sequencing
{
    private const int Frames = 20;
    private static readonly string[] s_linux = ["none", "send", "recv", "both"];
    private static readonly (string Name, bool Pinned, string Options)[] s_transmit =
    [
        ("counter", false, ""),
        ("pinned", true, ""),
        ("rfc3931", false, ",x-seq=rfc3931"),
    ];

    private static readonly Wire[] s_wires =
    [
        .. (from linux in s_linux from transmit in s_transmit select (linux, transmit)).Select((one, i) =>
            new Wire(61 + i, Udp: true, Ipv6: false, CookieBytes: 4, Counter: true, one.transmit.Pinned)
            {
                Sequencing = one.linux,
                MoreOptions = one.transmit.Options,
            }),
    ];

    private QemuL2tpBackEnd? _backEnd;

    private static IEnumerable<TestCaseData> Cases => s_wires.Select((wire, i) =>
        new TestCaseData(wire.Number).SetName($"seq_{wire.Sequencing}_and_{s_transmit[i % s_transmit.Length].Name}"));

    [OneTimeSetUp]
    public void Open_the_sessions()
    {
        Lab.NeedsQemuL2tp();
        Lab.Needs(Wires.RawFrames);
        EchoPeer.Open(Lab.Peer, s_wires);
        _backEnd = new QemuL2tpBackEnd("sequencing", s_wires);
        _backEnd.Start();
    }

    [OneTimeTearDown]
    public void Shut_down() => _backEnd?.Dispose();

    /// <summary>Linux with <c>recv</c> drops what has no S bit (QEMU's counter, pinned or not): those cells must fail.</summary>
    [TestCaseSource(nameof(Cases))]
    public void Frames_come_back(int number)
    {
        Wire wire = s_wires[number - s_wires[0].Number];
        bool strict = wire.Sequencing is "recv" or "both";
        bool numbered = wire.MoreOptions.Length > 0;
        using var frames = new NumberedFrames(_backEnd!.SocketOf(wire));
        if (strict && !numbered)
        {
            EchoPeer.AssertSilent(Lab.Peer, wire, Frames, () => frames.Send(Frames));
            Assert.That(frames.Received, Is.Empty);
            return;
        }

        Assert.That(frames.Exchange(Frames), Is.EqualTo(Enumerable.Range(0, Frames)));
        // Linux mirrors us: it numbers what it sends as soon as we do, and stops when we do not.
        Assert.That(Statistics.Of(_backEnd, wire).Mode, Is.EqualTo(numbered ? "Rfc3931" : "Unsequenced"));
    }
}
