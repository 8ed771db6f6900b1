using QemuL2tp.Frames;
using QemuL2tp.Tests.TestSupport;

namespace QemuL2tp.Tests.Guest.VhostUser.Net;

/// <summary>How long frames wait for a receive buffer.</summary>
[NonParallelizable]
internal sealed class ReceiveSinkTests
{
    private static readonly Dictionary<string, Action<VhostUserLink>> s_starts = new()
    {
        ["connection"] = link => link.Reconnect(),
        ["driver"] = link =>
        {
            link.Qemu.Stop(link.FrontEnd);
            link.FrontEnd.Run(link.Qemu.Start());
        },
        ["ring, disabled and enabled"] = link =>
        {
            link.FrontEnd.Run(link.Qemu.EnablePair(0, false));
            link.FrontEnd.Run(link.Qemu.EnablePair(0, true));
        },
    };

    private static IEnumerable<string> Starts => s_starts.Keys;

    [TestCaseSource(nameof(Starts))]
    public void Frames_for_the_next_one_wait_though_those_for_the_last_one_did_not_any_more(string next)
    {
        using VhostUserLink link = new VhostUserLink(new RingKind(64), hasPump: false).Start();
        BatchUnderTest last = AddFrame(link, 60);
        Assert.That(link.Port.Accept(last.Batch), Is.Zero, "it waits");
        Assert.That(link.Loop.Timers, Does.Contain(link.Port));
        link.Loop.FireTimers();
        Assert.That(link.Port.Accept(last.Batch), Is.EqualTo(1));
        Assert.That(last.VerdictOf(0), Is.EqualTo(FrameVerdict.NoReceiveBuffer));
        AssertDropped(link);

        s_starts[next](link);
        BatchUnderTest first = AddFrame(link, 70);
        Assert.That(link.Port.Accept(first.Batch), Is.Zero, "it waits too");
        Assert.That(link.Loop.Timers, Does.Contain(link.Port), "but not for ever");
        link.Receive.AddReceive(1600);
        Assert.That(link.Port.Accept(first.Batch), Is.EqualTo(1));
        Assert.That(link.Receive.TakeFrames(), Is.EqualTo(new[] { first.BytesOf(0) }));
    }

    /// <summary>The next frames do not wait.</summary>
    private static void AssertDropped(VhostUserLink link)
    {
        BatchUnderTest batch = AddFrame(link, 60);
        Assert.That(link.Port.Accept(batch.Batch), Is.EqualTo(1));
        Assert.That(batch.VerdictOf(0), Is.EqualTo(FrameVerdict.NoReceiveBuffer));
    }

    private static BatchUnderTest AddFrame(VhostUserLink link, int length)
    {
        BatchUnderTest batch = link.NewBatch();
        batch.Add(LoopbackLink.Frame(length));
        return batch;
    }
}
