using System.Globalization;
using QemuL2tp.Integration.Peers;

namespace QemuL2tp.Integration.Scenarios;

/// <summary>Frames of 60 bytes through vhost-user, 50 000 per second or as many as the machine can, and what became of each of them.</summary>
[TestFixture]
public sealed class VhostUserPaced
{
    private const int Rate = 50_000;
    private const int Seconds = 2;
    private const int Burst = 256; // A quarter of the ring.
    private const int Bursts = 40;
    private static readonly Wire s_wire = UdpFarEnd.WireOf(170);
    private readonly QemuL2tpBackEnd _backEnd = new("vhost-paced", s_wire) { VhostUser = true };
    private GeneratedFrames? _far;
    private Vm? _guest;

    [OneTimeSetUp]
    public void Boot()
    {
        Lab.NeedsQemuL2tp();
        _backEnd.Start();
        _far = new GeneratedFrames(s_wire);
        _guest = GuestVm.Boot("vhost-paced-guest", machine: 6, [new(s_wire, _backEnd.NetdevOf(s_wire), ",rx_queue_size=1024,tx_queue_size=1024")]);
        _guest.Batch(s_wire.GuestCommands());
    }

    [OneTimeTearDown]
    public void Shut_down()
    {
        _guest?.Dispose();
        _far?.Dispose();
        _backEnd.Dispose();
    }

    [Test]
    public void None_is_lost_from_guest_to_tunnel()
    {
        var generator = new PacketGenerator(_guest!, s_wire, Rate);
        long before = _far!.Count;
        (long sent, long rate) = generator.Send(Rate * Seconds);
        long arrived = Until.Reached(() => _far.Count - before, sent);
        Report(sent, arrived, rate);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(arrived, Is.EqualTo(sent));
            Assert.That(_far.Twice, Is.Zero);
        }
    }

    /// <summary>How many a guest takes in a second depends on the machine; what it has no room for is counted, so that nothing is missing.</summary>
    [Test]
    public void Each_arrives_or_is_counted_from_tunnel_to_guest()
    {
        long before = Received();
        long droppedBefore = Dropped();
        long sent = _far!.Send(Rate, TimeSpan.FromSeconds(Seconds));
        long arrived = 0, dropped = 0;
        Until.True(
            () =>
            {
                (arrived, dropped) = (Received() - before, Dropped() - droppedBefore);
                if (arrived + dropped == sent)
                {
                    return true;
                }

                // The kernel tells of what its buffer had no room for beside the next one that had.
                _far.SendBurst(1);
                sent++;
                return false;
            },
            () => $"{sent} sent, {arrived} arrived, {dropped} counted as dropped");
        Report(sent, arrived, sent / Seconds);
    }

    [Test]
    public void None_is_lost_from_tunnel_to_guest_that_its_ring_has_room_for()
    {
        long before = Received();
        long droppedBefore = Dropped();
        for (int burst = 1; burst <= Bursts; burst++)
        {
            _far!.SendBurst(Burst);
            Assert.That(Until.Reached(() => Received() - before, burst * Burst), Is.EqualTo(burst * Burst), Statistics.Of(_backEnd, s_wire).Text);
        }

        Assert.That(Dropped(), Is.EqualTo(droppedBefore));
    }

    private static void Report(long sent, long arrived, long rate) =>
        TestContext.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{sent} sent at {rate}/s, {sent - arrived} lost"));

    private long Dropped() => Statistics.Of(_backEnd, s_wire).DroppedToGuest;

    private long Received() => long.Parse(_guest!.Run($"cat /sys/class/net/{s_wire.Nic}/statistics/rx_packets"), CultureInfo.InvariantCulture);
}
