using System.Diagnostics;
using QemuL2tp.Integration.Peers;

namespace QemuL2tp.Integration.Scenarios;

/// <summary>For ten seconds or a little more each, under load, the driver is reloaded again and again, and QEMU is killed and started.</summary>
/// <param name="threads">Of qemu-l2tp.</param>
[TestFixture(1)]
[TestFixture(2)]
public sealed class VhostUserTorture(int threads)
{
    private const int ReloadsPerBoot = 4;
    private static readonly TimeSpan s_duration = TimeSpan.FromSeconds(10);
    private readonly Wire _toPeer = VhostUserWires.Of(threads == 1 ? 166 : 177);
    private readonly Wire _toHarness = UdpFarEnd.WireOf(threads == 1 ? 169 : 178);
    private QemuL2tpBackEnd _backEnd = null!;

    [Test]
    public void Nothing_is_lost_or_left_behind_but_frames_on_the_way()
    {
        Lab.NeedsQemuL2tp();
        Lab.StartPeer();
        _backEnd = new($"vhost-torture{threads}", _toPeer, _toHarness) { VhostUser = true, Extra = ["--threads", $"{threads}"] };
        _backEnd.Start();
        using var far = new GeneratedFrames(_toHarness);
        VhostUserLab.AddToPeer(_toPeer);
        Footprint first;
        using (new Traffic(Lab.Peer, _toPeer.GuestAddress, "-f -s 1000"))
        using (var load = new CancellationTokenSource())
        {
            var sender = new Thread(() => KeepSending(far, load.Token)) { IsBackground = true };
            sender.Start();
            int boots, reloads;
            try
            {
                (first, boots, reloads) = Torture(far);
            }
            finally
            {
                // Before its socket is closed, also when something failed.
                load.Cancel();
                sender.Join();
            }

            TestContext.Out.WriteLine($"QEMU started {boots} times, driver reloaded {reloads} times, {far.Count} frames came from the guest, {far.Twice} of them twice");
        }

        Footprint last = Visit(_ =>
        {
            Until.True(() => Footprint.Of(_backEnd.Process) == first, () => $"as at the beginning: {first}, now {Footprint.Of(_backEnd.Process)}");
            return Footprint.Of(_backEnd.Process);
        });
        TestContext.Out.WriteLine($"at the beginning {first}, at the end {last}");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(last, Is.EqualTo(first));
            Assert.That(far.Twice, Is.Zero);
        }
    }

    [OneTimeTearDown]
    public void Shut_down() => _backEnd?.Dispose();

    private static void KeepSending(GeneratedFrames far, CancellationToken ending)
    {
        while (!ending.IsCancellationRequested)
        {
            far.Send(rate: 2000, TimeSpan.FromSeconds(0.2), bytes: 1000);
        }
    }

    /// <returns>The footprint with the first guest, before anything has happened to it; and what was done.</returns>
    private (Footprint First, int Boots, int Reloads) Torture(GeneratedFrames far)
    {
        Footprint? first = null;
        // Clock: how long it goes on, not how it ends.
        var watch = Stopwatch.StartNew();
        int boots = 0;
        int reloads = 0;
        while (watch.Elapsed < s_duration)
        {
            Visit(guest =>
            {
                first ??= Footprint.Of(_backEnd.Process);
                using var generator = new PacketGenerator(guest, _toHarness, rate: 5000);
                generator.Start();
                far.WaitForMore();
                for (int i = 0; i < ReloadsPerBoot; i++)
                {
                    Driver.Reload(guest, _toPeer);
                    Driver.Reload(guest, _toHarness);
                    Configure(guest);
                    far.WaitForMore();
                    AssertReplies(guest);
                    reloads++;
                }

                guest.Kill(); // in the middle of it
                return 0;
            });
            boots++;
        }

        return (first!, boots, reloads);
    }

    // Boots a guest for a while.
    private T Visit<T>(Func<Vm, T> visit)
    {
        using Vm guest = GuestVm.Boot(
            $"vhost-torture-guest{threads}",
            machine: 11,
            [new(_toPeer, _backEnd.NetdevOf(_toPeer)), new(_toHarness, _backEnd.NetdevOf(_toHarness), ",packed=on")]);
        Configure(guest);
        AssertReplies(guest);
        return visit(guest);
    }

    private void Configure(Vm guest) => guest.Batch([.. _toPeer.GuestCommands(), .. _toHarness.GuestCommands()]);

    private void AssertReplies(Vm guest) =>
        Until.True(() => Ping.IsAnswered(guest, _toPeer.PeerAddress, 1472), "the peer replies");
}
