using QemuL2tp.Tests.TestSupport;

namespace QemuL2tp.Tests.Guest.VhostUser.Net;

/// <summary>A guest whose barriers do not hold leaves out a kick, or waits for a call that was not thought necessary.</summary>
internal sealed class SecondLookTests
{
    private static IEnumerable<RingKind> Rings =>
        from packed in new[] { false, true }
        from eventIndex in new[] { false, true }
        select new RingKind(64, packed, eventIndex);

    [TestCaseSource(nameof(Rings))]
    public void A_frame_that_nobody_was_kicked_for_is_found(RingKind ring)
    {
        using VhostUserLink link = Sleeping(ring);
        byte[] frame = LoopbackLink.Frame(60);
        link.Transmit.AddTransmit(frame);

        link.Loop.FireTimers();

        Assert.That(link.Port.Readable.IsSet, Is.True);
        BatchUnderTest batch = link.NewBatch();
        Assert.That(link.Port.Fill(batch.Batch), Is.True);
        Assert.That(batch.BytesOf(0), Is.EqualTo(frame));
    }

    [TestCaseSource(nameof(Rings))]
    public void Buffers_that_frames_wait_for_are_found(RingKind ring)
    {
        using VhostUserLink link = Sleeping(ring);
        BatchUnderTest batch = FrameToGuest(link);
        Assert.That(link.Port.Accept(batch.Batch), Is.Zero);
        link.Port.Writable.Clear();
        link.Receive.AddReceive(1600);

        link.Loop.FireTimers();

        Assert.That(link.Port.Writable.IsSet, Is.True);
        Assert.That(link.Port.Accept(batch.Batch), Is.EqualTo(1));
    }

    [TestCaseSource(nameof(Rings))]
    public void A_driver_that_waits_for_what_it_was_not_called_for_is_called_once(RingKind ring)
    {
        using VhostUserLink link = Sleeping(ring);
        foreach (MockDriver driver in new[] { link.Transmit, link.Receive })
        {
            Silence(driver);
            UseOne(link, driver);
            Assert.That(driver.TakeCalls(), Is.Zero);
            // What it finds is not looked at: its write came too late.
            _ = driver.EnableCalls();

            link.Loop.FireTimers();
            Assert.That(driver.TakeCalls(), Is.EqualTo(1));
            UseNoMore(link);
            Assert.That(driver.TakeCalls(), Is.Zero);
        }
    }

    [TestCaseSource(nameof(Rings))]
    public void A_driver_that_was_called_is_not_called_again(RingKind ring)
    {
        using VhostUserLink link = Sleeping(ring);
        foreach (MockDriver driver in new[] { link.Transmit, link.Receive })
        {
            _ = driver.EnableCalls();
            UseOne(link, driver);
            Assert.That(driver.TakeCalls(), Is.EqualTo(1));
            UseNoMore(link);
            Assert.That(driver.TakeCalls(), Is.Zero);
        }
    }

    [TestCaseSource(nameof(Rings))]
    public void A_driver_that_wants_no_call_gets_none(RingKind ring)
    {
        using VhostUserLink link = Sleeping(ring);
        foreach (MockDriver driver in new[] { link.Transmit, link.Receive })
        {
            for (int i = 0; i < 3; i++)
            {
                Silence(driver);
                UseOne(link, driver);
                link.Loop.FireTimers();
            }

            UseNoMore(link);
            Assert.That(driver.TakeCalls(), Is.Zero);
        }
    }

    [TestCaseSource(nameof(Rings))]
    public void It_is_looked_once_more_after_the_last_use_and_then_never(RingKind ring)
    {
        using VhostUserLink link = Sleeping(ring);
        UseOne(link, link.Transmit);
        UseOne(link, link.Transmit);
        link.Loop.FireTimers();
        Assert.That(link.Loop.Timers, Is.Not.Empty, "used since the look was set");
        UseNoMore(link);
        Assert.That(link.Loop.Timers, Is.Empty);
    }

    /// <summary>Its rings are started, and empty.</summary>
    private static VhostUserLink Sleeping(RingKind ring)
    {
        VhostUserLink link = new VhostUserLink(ring, hasPump: false).Start();
        Assert.That(link.Port.Fill(link.NewBatch().Batch), Is.False);
        link.Port.Readable.Clear();
        foreach (MockDriver driver in link.Drivers)
            _ = driver.TakeCalls();
        return link;
    }

    /// <summary>The driver waits for nothing that is to come here.</summary>
    private static void Silence(MockDriver driver)
    {
        if (driver.Kind.HasEventIndex)
            _ = driver.EnableCalls(after: 32);
        else
            driver.DisableCalls();
    }

    /// <summary>A buffer of the driver is used and returned.</summary>
    private static void UseOne(VhostUserLink link, MockDriver driver)
    {
        if (driver == link.Transmit)
        {
            driver.AddTransmit(LoopbackLink.Frame(60));
            BatchUnderTest batch = link.NewBatch();
            Assert.That(link.Port.Fill(batch.Batch), Is.True);
            link.Port.Complete(batch.Batch, batch.Batch.Origins);
            batch.Take();
        }
        else
        {
            driver.AddReceive(1600);
            Assert.That(link.Port.Accept(FrameToGuest(link).Batch), Is.EqualTo(1));
        }
    }

    /// <summary>Time passes until nothing is looked at any more.</summary>
    private static void UseNoMore(VhostUserLink link)
    {
        for (int i = 0; i < 3; i++)
            link.Loop.FireTimers();
    }

    private static BatchUnderTest FrameToGuest(VhostUserLink link)
    {
        BatchUnderTest batch = link.NewBatch();
        batch.Add(LoopbackLink.Frame(60));
        return batch;
    }
}
