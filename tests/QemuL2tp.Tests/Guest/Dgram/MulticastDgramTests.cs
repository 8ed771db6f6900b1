using System.Net;
using QemuL2tp.Frames;
using QemuL2tp.Options;
using QemuL2tp.Tests.TestSupport;

namespace QemuL2tp.Tests.Guest.Dgram;

/// <summary>A multicast group on the loopback interface: everybody in it is a peer, but for ourselves.</summary>
/// <param name="threads">Worker threads.</param>
[TestFixture(1)]
[TestFixture(2)]
internal sealed class MulticastDgramTests(int threads)
{
    private readonly IPEndPoint _group = new(IPAddress.Parse($"230.{Random.Shared.Next(1, 255)}.{Random.Shared.Next(0, 255)}.1"), Loopback.NewPort());

    private FrontendOptions Options => new()
    {
        Kind = FrontendKind.Socket,
        Server = false,
        Address = new MulticastFrontendAddress(new InetFrontendAddress($"{_group.Address}", $"{_group.Port}"), "127.0.0.1"),
    };

    [Test]
    public void Every_member_hears_the_tunnel_and_is_heard_in_it_and_no_frame_comes_back_into_it()
    {
        using DgramQemu one = DgramQemu.Multicast(_group), other = DgramQemu.Multicast(_group);
        using var link = new LoopbackLink(Options, threads);
        for (int i = 0; i < 10; i++)
        {
            byte[] down = LoopbackLink.Frame(100 + i, 1), up = LoopbackLink.Frame(100 + i, 2);
            link.SendFromPeer(down);
            Assert.That(one.Receive(), Is.EqualTo(down));
            Assert.That(other.Receive(), Is.EqualTo(down));
            (i % 2 == 0 ? one : other).Send(up);
            Assert.That(link.ReceiveAtPeer(), Is.EqualTo(up), "neither our own nor anything else before it");
            Assert.That(one.Receive(), Is.EqualTo(up), "QEMU hears itself");
            Assert.That(other.Receive(), Is.EqualTo(up));
        }

        Assert.That(() => link.Link.GuestToTunnel.FramesIn, Is.EqualTo(10).After(Loopback.PatienceMilliseconds, 2), "our own datagrams are no frames");
        Assert.That(link.Link.GuestToTunnel.DroppedInAll, Is.Zero);
    }

    [Test]
    public void Two_of_us_in_a_group_hear_each_other()
    {
        using var one = new LoopbackLink(Options, threads);
        using var other = new LoopbackLink(Options, threads);

        one.SendFromPeer(LoopbackLink.Frame(60, 1));
        Assert.That(other.ReceiveAtPeer(), Is.EqualTo(LoopbackLink.Frame(60, 1)));
        other.SendFromPeer(LoopbackLink.Frame(60, 2));
        Assert.That(one.ReceiveAtPeer(), Is.EqualTo(LoopbackLink.Frame(60, 2)));
    }

    [Test]
    public void A_frame_too_long_for_UDP_is_dropped()
    {
        using var port = new QemuL2tp.Guest.Dgram.DgramPort(Options, "net0", new RecordingLog());
        using var batch = new BatchUnderTest();
        batch.Add(new byte[65508]);
        batch.Add(new byte[65507]);

        Assert.That(port.Sink.Accept(batch.Batch), Is.EqualTo(2));
        Assert.That(new[] { batch.VerdictOf(0), batch.VerdictOf(1) }, Is.EqualTo(new[] { FrameVerdict.MessageTooBig, FrameVerdict.Accept }));
    }

    [Test]
    public void Without_an_interface_for_the_group_the_error_names_the_remedy() => OwnNetwork.Run(() =>
    {
        var routed = new MulticastFrontendAddress(new InetFrontendAddress("230.0.0.1", "5"), null);
        UserErrorException error = Assert.Throws<UserErrorException>(() => new QemuL2tp.Guest.Dgram.DgramPort(Options with { Address = routed }, "net0", new RecordingLog()).Dispose())!;
        Assert.That(error.Problem, Is.EqualTo("can't add socket to multicast group 230.0.0.1: No such device"));
        Assert.That(error.Remedy, Does.Contain("localaddr=ADDRESS"));
    });
}
