using QemuL2tp.Integration.Peers;

namespace QemuL2tp.Integration.Scenarios;

/// <summary>A front end that is not QEMU: DPDK's virtio-user, with testpmd for a guest.</summary>
[TestFixture]
public sealed class VhostUserDpdk
{
    private const int Laps = 40 * Testpmd.RingSize;
    private static readonly Wire s_wire = UdpFarEnd.WireOf(191);
    private static readonly int[] s_segments = [64, 1000, 400];
    private TurnedFrames? _far;

    [OneTimeSetUp]
    public void Needs_testpmd()
    {
        Lab.NeedsQemuL2tp();
        if (!File.Exists(Settings.Testpmd))
            Assert.Ignore(Settings.Testpmd);
    }

    [SetUp]
    public void Listen_at_the_far_end() => _far = new TurnedFrames(s_wire, s_segments.Sum());

    [TearDown]
    public void Close_the_far_end() => _far?.Dispose();

    [Test]
    public void Frames_pass_both_ways_many_times_around_the_rings([Values] bool packed, [Values] bool weListen)
    {
        using QemuL2tpBackEnd backEnd = BackEnd(weListen);
        backEnd.Start();
        using Testpmd testpmd = Connect(backEnd, packed);
        AssertAllArrive(backEnd, testpmd);
        AssertTurnsAround(testpmd);
    }

    [Test]
    public void The_front_end_ends_and_is_killed_and_comes_again([Values] bool packed)
    {
        using QemuL2tpBackEnd backEnd = BackEnd(weListen: true);
        backEnd.Start();
        using (Testpmd first = Connect(backEnd, packed))
        {
            first.Generate();
            _far!.WaitForMore(Laps);
            first.Stop();
            first.Quit();
        }

        using (Testpmd second = Connect(backEnd, packed))
        {
            second.Generate();
            _far.WaitForMore(Laps);
            second.Kill();
        }

        using Testpmd third = Connect(backEnd, packed);
        third.Generate();
        _far.WaitForMore(Laps);
        third.Stop();
        AssertTurnsAround(third);
    }

    /// <summary>What was under way may be lost or come twice; after that all is as before.</summary>
    [Test]
    public void We_are_killed_and_end_and_come_again([Values] bool packed)
    {
        using QemuL2tpBackEnd first = BackEnd(weListen: false);
        first.Start();
        using Testpmd testpmd = Connect(first, packed);
        testpmd.Generate();
        _far!.WaitForMore(Laps);
        first.Process.Kill();

        using QemuL2tpBackEnd second = BackEnd(weListen: false);
        second.Start();
        _far.WaitForMore(Laps);
        second.Process.Signal(Signals.Term);
        Assert.That(second.Process.WaitForExit(), "it ends");

        using QemuL2tpBackEnd third = BackEnd(weListen: false);
        third.Start();
        _far.WaitForMore(Laps);
        testpmd.Stop();
        AssertTurnsAround(testpmd);
    }

    private static QemuL2tpBackEnd BackEnd(bool weListen) => new("dpdk", s_wire) { VhostUser = true, Server = weListen };

    private static Testpmd Connect(QemuL2tpBackEnd backEnd, bool packed) => new("testpmd", backEnd.SocketOf(s_wire), packed, listens: !backEnd.Server, s_segments);

    private void AssertAllArrive(QemuL2tpBackEnd backEnd, Testpmd testpmd)
    {
        testpmd.Generate();
        _far!.WaitForMore(Laps);
        testpmd.Stop();
        long sent = testpmd.Sent;
        Until.True(
            () => _far.Made + Statistics.Of(backEnd, s_wire).DroppedToTunnel == sent,
            () => $"all of {sent} frames arrive or are counted: {_far.Made} arrived, and {Statistics.Of(backEnd, s_wire).Text}");
    }

    private void AssertTurnsAround(Testpmd testpmd)
    {
        testpmd.TurnAround();
        _far!.Exchange(Laps);
        testpmd.Stop();
    }
}
