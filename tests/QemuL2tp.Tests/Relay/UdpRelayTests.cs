using System.Net;
using System.Net.Sockets;
using QemuL2tp.Integration.Relay;
using QemuL2tp.Tests.TestSupport;

namespace QemuL2tp.Tests.Relay;

public class UdpRelayTests
{
    private readonly UdpClient _near = Client();
    private readonly UdpClient _far = Client();
    private readonly IPEndPoint _nearRelay = NewEndPoint();
    private readonly IPEndPoint _farRelay = NewEndPoint();

    [OneTimeTearDown]
    public void Close()
    {
        _near.Dispose();
        _far.Dispose();
    }

    [Test]
    public void Carries_both_ways_and_each_end_sees_the_relay()
    {
        using UdpRelay relay = Relay();
        _near.Send([1, 2, 3], _nearRelay);
        Assert.That(Receive(_far), Is.EqualTo((new byte[] { 1, 2, 3 }, _farRelay)));
        _far.Send([4], _farRelay);
        Assert.That(Receive(_near), Is.EqualTo((new byte[] { 4 }, _nearRelay)));
        Assert.That((relay.LogToFar.Arrived, relay.LogToNear.Arrived), Is.EqualTo((1, 1)));
    }

    [Test]
    public void Impairs_each_direction_by_itself()
    {
        using UdpRelay relay = Relay();
        relay.Impair(toFar: new Impairment { Loss = 1 }, toNear: new Impairment { Duplication = 1 });
        _near.Send([1], _nearRelay);
        _far.Send([2], _farRelay);
        Assert.That(Receive(_near).Packet, Is.EqualTo(new byte[] { 2 }));
        Assert.That(Receive(_near).Packet, Is.EqualTo(new byte[] { 2 }));
        Assert.That(() => relay.LogToFar.Dropped, Is.EqualTo(new[] { 0 }).After(Until.PatienceMilliseconds, 10));
        Assert.That(_far.Available, Is.Zero);
    }

    [Test]
    public void Lets_go_of_what_is_held_when_its_time_has_come_or_when_told_to()
    {
        using UdpRelay relay = Relay();
        relay.Impair(toFar: new Impairment { Delay = TimeSpan.FromMilliseconds(30) }, toNear: new Impairment { Reordering = 1 });
        _near.Send([1], _nearRelay);
        Assert.That(Receive(_far).Packet, Is.EqualTo(new byte[] { 1 }));

        _far.Send([2], _farRelay);
        Assert.That(() => relay.LogToNear.Arrived, Is.EqualTo(1).After(Until.PatienceMilliseconds, 10));
        Assert.That(_near.Available, Is.Zero);
        relay.Flush();
        Assert.That(Receive(_near).Packet, Is.EqualTo(new byte[] { 2 }));
    }

    [Test]
    public void Goes_on_after_a_restart()
    {
        using UdpRelay relay = Relay();
        relay.Impair(toFar: new Impairment { Reordering = 1 }, toNear: Impairment.None);
        _near.Send([1], _nearRelay);
        Assert.That(() => relay.LogToFar.Arrived, Is.EqualTo(1).After(Until.PatienceMilliseconds, 10));
        relay.Restart();
        relay.Impair(Impairment.None, Impairment.None);
        _near.Send([2], _nearRelay);
        Assert.That(Receive(_far).Packet, Is.EqualTo(new byte[] { 2 }));
        Assert.That(relay.LogToFar.Forgotten, Has.Count.EqualTo(1));
    }

    [Test]
    public void What_is_injected_is_neither_impaired_nor_in_the_log()
    {
        using UdpRelay relay = Relay();
        relay.Impair(toFar: new Impairment { Loss = 1 }, toNear: Impairment.None);
        relay.InjectToFar([9]);
        Assert.That(Receive(_far), Is.EqualTo((new byte[] { 9 }, _farRelay)));
        Assert.That(relay.LogToFar.Arrived, Is.Zero);
    }

    private UdpRelay Relay() => new(LocalOf(_near), _nearRelay, _farRelay, LocalOf(_far), seed: 1);

    private static UdpClient Client() => new(new IPEndPoint(IPAddress.Loopback, 0)) { Client = { ReceiveTimeout = Until.PatienceMilliseconds } };

    private static IPEndPoint LocalOf(UdpClient client) => (IPEndPoint)client.Client.LocalEndPoint!;

    private static IPEndPoint NewEndPoint() => new(IPAddress.Loopback, Loopback.NewPort());

    private static (byte[] Packet, IPEndPoint From) Receive(UdpClient client)
    {
        IPEndPoint? from = null;
        byte[] packet = client.Receive(ref from);
        return (packet, from);
    }
}
