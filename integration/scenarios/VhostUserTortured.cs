using System.Diagnostics;
using QemuL2tp.Integration.Peers;

namespace QemuL2tp.Integration.Scenarios;

/// <summary>One qemu-l2tp whose guest and QEMU come and go, for <see cref="VhostUserTorture"/>.</summary>
/// <param name="threads">Of qemu-l2tp.</param>
internal sealed class VhostUserTortured(int threads)
{
    private const int ReloadsPerBoot = 4;
    private static readonly TimeSpan s_duration = TimeSpan.FromMinutes(1);
    private readonly Wire _toPeer = WiresOf(threads)[0];
    private readonly Wire _toHarness = WiresOf(threads)[1];
    private readonly QemuL2tpBackEnd _backEnd = Lab.Keep(new QemuL2tpBackEnd($"vhost-torture{threads}", WiresOf(threads)) { VhostUser = true, Extra = ["--threads", $"{threads}"] });

    private static Wire[] WiresOf(int threads) => threads == 1 ? [VhostUserWires.Of(166), UdpFarEnd.WireOf(169)] : [VhostUserWires.Of(177), UdpFarEnd.WireOf(178)];

    private static void KeepSending(GeneratedFrames far, CancellationToken ending)
    {
        while (!ending.IsCancellationRequested)
        {
            far.Send(rate: 2000, TimeSpan.FromSeconds(0.2), bytes: 1000);
        }
    }

    /// <summary>Fails when something is left behind or comes twice; answers what happened.</summary>
    public string Run()
    {
        string report;
        _backEnd.Start();
        using var far = new GeneratedFrames(_toHarness);
        VhostUserLab.AddToPeer(_toPeer);
        Footprint first = Visit(_ => Footprint.Of(_backEnd.Process));

        using (new Traffic(Lab.Peer, _toPeer.GuestAddress, "-f -s 1000"))
        using (var load = new CancellationTokenSource())
        {
            var sender = new Thread(() => KeepSending(far, load.Token)) { IsBackground = true };
            sender.Start();
            (int boots, int reloads) = Torture(far);
            load.Cancel();
            sender.Join();
            report = $"{threads} threads: QEMU started {boots} times, driver reloaded {reloads} times, {far.Count} frames came from the guest, {far.Twice} of them twice";
        }

        Footprint last = Visit(_ =>
        {
            Until.True(() => Footprint.Of(_backEnd.Process) == first, () => $"as at the beginning: {first}, now {Footprint.Of(_backEnd.Process)}");
            return Footprint.Of(_backEnd.Process);
        });
        using (Assert.EnterMultipleScope())
        {
            Assert.That(last, Is.EqualTo(first));
            Assert.That(far.Twice, Is.Zero);
        }

        return $"{report}; at the beginning {first}, at the end {last}";
    }

    private (int Boots, int Reloads) Torture(GeneratedFrames far)
    {
        // Clock: how long it goes on, not how it ends.
        var watch = Stopwatch.StartNew();
        int boots = 0;
        int reloads = 0;
        while (watch.Elapsed < s_duration)
        {
            Visit(guest =>
            {
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

        return (boots, reloads);
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
