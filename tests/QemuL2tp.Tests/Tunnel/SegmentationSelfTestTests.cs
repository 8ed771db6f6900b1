using QemuL2tp.Datagrams;
using QemuL2tp.Frames;
using QemuL2tp.Options;
using QemuL2tp.Tests.TestSupport;
using QemuL2tp.Tunnel;
using Tmds.Linux;

namespace QemuL2tp.Tests.Tunnel;

/// <summary>A kernel that makes wrong datagrams of a message is found at the start. Such kernels are played by what sends.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed unsafe class SegmentationSelfTestTests
{
    private readonly RecordingLog _log = new();

    private static IEnumerable<TestCaseData> Mistakes =>
    [
        Case("a byte in the last datagram", datagrams => datagrams[^1][^1] ^= 1),
        Case("the first byte", datagrams => datagrams[0][0] ^= 0x80),
        Case("the last datagram is lost", datagrams => datagrams.RemoveAt(datagrams.Count - 1)),
        Case("the first datagram is lost", datagrams => datagrams.RemoveAt(0)),
        Case("all are lost", datagrams => datagrams.Clear()),
        Case("one comes twice", datagrams => datagrams.Insert(1, datagrams[0])),
        Case("another order", datagrams => datagrams.Reverse()),
        Case("a byte too many in the last datagram", datagrams => datagrams[^1] = [.. datagrams[^1], 0]),
        Case("a byte too few in the last datagram", datagrams => datagrams[^1] = datagrams[^1][..^1]),
        Case("an empty one behind", datagrams => datagrams.Add([])),
        Case("cut elsewhere", datagrams => (datagrams[0], datagrams[1]) = (datagrams[0][..^1], [datagrams[0][^1], .. datagrams[1]])),
    ];

    [Test]
    public void This_kernel_passes([Values] bool isIPv6)
    {
        Assert.That(new SegmentationSelfTest().IsPassed(isIPv6, "net0", _log), Is.True);
        Assert.That(_log.Messages, Is.Empty, "neither wrong nor unknown");
    }

    [TestCaseSource(nameof(Mistakes))]
    public void A_wrong_kernel_is_found(Action<List<byte[]>> mistake)
    {
        SegmentationSelfTest test = new(Wrong(mistake));
        Assert.That(test.IsPassed(false, "net0", _log), Is.False);
        Assert.That(_log.Events.Single(), Is.EqualTo((EventLevel.Warning, _log.Messages.Single())));
        Assert.That(_log.Messages.Single(), Does.StartWith("net0: ").And.Contains("2904 bytes in datagrams of 1452").And.Contains("x-gso=on"));
    }

    [Test]
    public void Each_layout_is_looked_at()
    {
        HashSet<(int, int)> layouts = [];
        Assert.That(new SegmentationSelfTest(Remember).IsPassed(false, "net0", _log), Is.True);
        Assert.That(layouts, Has.Count.EqualTo(7));
        foreach ((int, int) wrong in layouts)
        {
            SegmentationSelfTest test = new(Wrong(datagrams => datagrams[^1][0] ^= 1, wrong));
            Assert.That(test.IsPassed(false, "net0", _log), Is.False, wrong.ToString());
        }

        bool Remember(int descriptor, ReadOnlySpan<byte> message, int segment)
        {
            layouts.Add((segment, message.Length));
            return Cut(descriptor, message, segment, _ => { });
        }
    }

    [Test]
    public void It_is_made_once_for_each_family()
    {
        int calls = 0;
        SegmentationSelfTest test = new((_, _, _) => ++calls < 0);
        for (int i = 0; i < 3; i++)
        {
            Assert.That(test.IsPassed(false, "net0", _log), Is.True);
            Assert.That(test.IsPassed(true, "net0", _log), Is.True);
        }

        Assert.That(calls, Is.EqualTo(2));
    }

    [Test]
    public void A_disturbance_that_does_not_come_again_is_no_mistake()
    {
        int calls = 0;
        SegmentationSelfTest test = new((descriptor, message, segment) => Cut(descriptor, message, segment, datagrams => datagrams[0][0] ^= (byte)(++calls == 1 ? 1 : 0)));
        Assert.That(test.IsPassed(false, "net0", _log), Is.True);
        Assert.That(_log.Messages, Is.Empty);
    }

    [Test]
    public void A_refusal_is_left_to_the_step_back_at_run_time()
    {
        Assert.That(new SegmentationSelfTest((_, _, _) => false).IsPassed(false, "net0", _log), Is.True);
        Assert.That(_log.Events.Select(one => one.Level), Is.EqualTo((EventLevel[])[EventLevel.Debug]));
    }

    [Test]
    public void Without_a_loopback_interface_nothing_is_said_but_for_debugging([Values] bool isIPv6) => OwnNetwork.Run(() =>
    {
        OwnNetwork.Command("ip", "link set lo down");
        Assert.That(new SegmentationSelfTest(Wrong(datagrams => datagrams.Clear())).IsPassed(isIPv6, "net0", _log), Is.True);
        Assert.That(_log.Events.Select(one => one.Level), Is.EqualTo((EventLevel[])[EventLevel.Debug]));
    });

    [Test]
    public void A_loopback_interface_that_passes_nothing_says_nothing_about_the_kernel() => OwnNetwork.Run(() =>
    {
        OwnNetwork.Command("ip", "link set lo mtu 1000");
        Assert.That(new SegmentationSelfTest().IsPassed(false, "net0", _log), Is.True, "an MTU below the first layout");
        Assert.That(_log.Events.Select(one => one.Level), Is.EqualTo((EventLevel[])[EventLevel.Debug]));
    });

    [Test]
    public void A_tunnel_on_a_wrong_kernel_sends_frames_one_by_one_and_says_so_once()
    {
        L2tpv3Options options = Loopback.NewOptions();
        using var tunnel = new TunnelEndpoint(options, _log, segmentationTest: new(Wrong(datagrams => datagrams[^1][0] ^= 1)));
        using (TunnelSession first = tunnel.OpenSession(options))
        {
            using TunnelSession second = tunnel.OpenSession(options with { Id = "net1", TransmitSession = 77, ReceiveSession = 78 });
            Assert.That(first.Segmentation, Is.EqualTo(new OffloadStatus(OffloadMode.Off, SegmentationSelfTest.Failed)));
            Assert.That(second.Segmentation, Is.EqualTo(first.Segmentation));
        }

        Assert.That(_log.Messages, Has.Exactly(1).Contains("UDP_SEGMENT"));
    }

    [TestCase(OffloadSwitch.On, OffloadMode.On)]
    [TestCase(OffloadSwitch.Off, OffloadMode.Off)]
    public void Who_says_on_or_off_gets_it_without_a_test(OffloadSwitch value, OffloadMode mode)
    {
        L2tpv3Options options = Loopback.NewOptions() with { SendOffload = value };
        using var tunnel = new TunnelEndpoint(options, _log, segmentationTest: new((_, _, _) => throw new AssertionException("nothing is sent")));
        using TunnelSession session = tunnel.OpenSession(options);
        Assert.That(session.Segmentation.Mode, Is.EqualTo(mode));
    }

    private static TestCaseData Case(string name, Action<List<byte[]>> mistake) => new TestCaseData(mistake).SetArgDisplayNames(name);

    /// <summary>A kernel that makes a mistake in each message, or in those of one layout.</summary>
    private static SegmentationSelfTest.SendCall Wrong(Action<List<byte[]>> mistake, (int Segment, int Length)? layout = null) =>
        (descriptor, message, segment) => Cut(descriptor, message, segment, layout is null || layout == (segment, message.Length) ? mistake : _ => { });

    private static bool Cut(int descriptor, ReadOnlySpan<byte> message, int segment, Action<List<byte[]>> change)
    {
        List<byte[]> datagrams = [.. message.ToArray().Chunk(segment)];
        change(datagrams);
        foreach (byte[] datagram in datagrams)
        {
            // Room for one byte, for there is no pointer to the first of none.
            fixed (byte* bytes = (byte[])[.. datagram, 0])
                Assert.That((int)LibC.send(descriptor, bytes, (size_t)datagram.Length, 0), Is.EqualTo(datagram.Length));
        }

        return true;
    }
}
