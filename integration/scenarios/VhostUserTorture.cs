using System.Diagnostics;
using QemuL2tp.Integration.Peers;

namespace QemuL2tp.Integration.Scenarios;

/// <summary>For a minute, under load, the driver is reloaded about every second and QEMU killed and started every few seconds.</summary>
[TestFixture]
public sealed class VhostUserTorture
{
    private const int ReloadsPerBoot = 4;
    private static readonly TimeSpan s_duration = TimeSpan.FromMinutes(1);
    private static readonly Wire s_toPeer = VhostUserWires.Of(166);
    private static readonly Wire s_toHarness = UdpFarEnd.WireOf(169);
    private readonly QemuL2tpBackEnd _backEnd = new("vhost-torture", s_toPeer, s_toHarness) { VhostUser = true };

    [Test]
    public void Nothing_is_lost_or_left_behind_but_frames_on_the_way()
    {
        Lab.NeedsQemuL2tp();
        Lab.StartPeer();
        _backEnd.Start();
        using var far = new GeneratedFrames(s_toHarness);
        VhostUserLab.AddToPeer(s_toPeer);
        Footprint first = Visit(_ => Footprint.Of(_backEnd.Process));

        using (new Traffic(Lab.Peer, s_toPeer.GuestAddress, "-f -s 1000"))
        using (var load = new CancellationTokenSource())
        {
            var sender = new Thread(() => KeepSending(far, load.Token)) { IsBackground = true };
            sender.Start();
            (int boots, int reloads) = Torture(far);
            load.Cancel();
            sender.Join();
            TestContext.Out.WriteLine($"QEMU started {boots} times, driver reloaded {reloads} times, {far.Count} frames came from the guest, {far.Twice} of them twice");
        }

        Footprint last = Visit(_ => Footprint.Of(_backEnd.Process));
        TestContext.Out.WriteLine($"at the beginning {first}, at the end {last}");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(last, Is.EqualTo(first));
            Assert.That(far.Twice, Is.Zero);
        }
    }

    [OneTimeTearDown]
    public void Shut_down() => _backEnd.Dispose();

    private static void KeepSending(GeneratedFrames far, CancellationToken ending)
    {
        while (!ending.IsCancellationRequested)
        {
            far.Send(rate: 2000, TimeSpan.FromSeconds(0.2), bytes: 1000);
        }
    }

    private (int Boots, int Reloads) Torture(GeneratedFrames far)
    {
        var watch = Stopwatch.StartNew();
        int boots = 0;
        int reloads = 0;
        while (watch.Elapsed < s_duration)
        {
            Visit(guest =>
            {
                using var generator = new PacketGenerator(guest, s_toHarness, rate: 5000);
                generator.Start();
                far.WaitForMore();
                for (int i = 0; i < ReloadsPerBoot; i++)
                {
                    Driver.Reload(guest, s_toPeer);
                    Driver.Reload(guest, s_toHarness);
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
            "vhost-torture-guest",
            machine: 11,
            [new(s_toPeer, _backEnd.NetdevOf(s_toPeer)), new(s_toHarness, _backEnd.NetdevOf(s_toHarness), ",packed=on")]);
        Configure(guest);
        AssertReplies(guest);
        return visit(guest);
    }

    private static void Configure(Vm guest) => guest.Batch([.. s_toPeer.GuestCommands(), .. s_toHarness.GuestCommands()]);

    private static void AssertReplies(Vm guest) =>
        Until.True(() => Ping.From(guest, s_toPeer.PeerAddress, 1472, count: 1).Received == 1, TimeSpan.FromSeconds(5), "the peer replies");
}
