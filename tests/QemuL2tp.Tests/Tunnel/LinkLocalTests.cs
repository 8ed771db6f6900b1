using System.Net;
using System.Net.Sockets;
using QemuL2tp.Frames;
using QemuL2tp.Hosting;
using QemuL2tp.Options;
using QemuL2tp.Tests.TestSupport;

namespace QemuL2tp.Tests.Tunnel;

/// <summary>Link-local addresses belong to an interface, which has a number behind its name.</summary>
internal sealed class LinkLocalTests
{
    [Test]
    public void An_interface_that_is_made_anew_under_the_same_name_is_found_again([Values(1, 2)] int threadsEach) => OwnNetwork.Run(() =>
    {
        using var directory = new TemporaryDirectory();
        L2tpv3Options options = Loopback.NewOptions(ipv6: true) with { Id = "a", Source = "fe80::1%v0", Destination = "fe80::2%v0", SourcePort = "3000", DestinationPort = "4000" };
        MakeInterface();
        using var host = new PseudowireHost(new RecordingLog(), threadsEach);
        host.Start();
        host.Add(new PseudowirePlan(new Written<L2tpv3Options>("-netdev", options), new Written<FrontendOptions>("--frontend", LoopbackLink.Unix(directory.File("a")))));
        using FakeQemu qemu = FakeQemu.Connect(directory.File("a"));
        ExpectFrames();

        for (int i = 0; i < 2; i++)
        {
            OwnNetwork.Command("ip", "link del v0");
            qemu.Send(LoopbackLink.Frame(100));
            MakeInterface();
            ExpectFrames();
        }

        void ExpectFrames()
        {
            using var peer = new Socket(AddressFamily.InterNetworkV6, SocketType.Dgram, ProtocolType.Udp);
            var address = IPAddress.Parse("fe80::2%v1");
            peer.Bind(new IPEndPoint(address, 4000));
            byte[] buffer = new byte[2048];
            Until.True(
                () =>
                {
                    qemu.Send(LoopbackLink.Frame(100));
                    return peer.Poll(TimeSpan.FromMilliseconds(100), SelectMode.SelectRead);
                },
                "a frame comes");
            int length = peer.Receive(buffer);
            Assert.That(PseudowireOptions.PeerOf(options).Decode(buffer[..length], out _), Is.EqualTo(LoopbackLink.Frame(100)));
            byte[] packet = PseudowireOptions.PeerOf(options).Encode(LoopbackLink.Frame(200));
            peer.SendTo(packet, new IPEndPoint(IPAddress.Parse("fe80::1%v1"), 3000));
            Assert.That(qemu.Receive(), Is.EqualTo(LoopbackLink.Frame(200)));
        }
    });

    [Test]
    public void What_the_new_socket_had_no_room_for_is_counted_from_its_beginning() => OwnNetwork.Run(() =>
    {
        L2tpv3Options options = Loopback.NewOptions(ipv6: true) with { Source = "fe80::1%v0", Destination = "fe80::2%v0", SourcePort = "3000", DestinationPort = "4000" };
        L2tpPeer codec = PseudowireOptions.PeerOf(options);
        MakeInterface();
        using var tunnel = new TunnelUnderTest(options);
        tunnel.TakeReady();
        ExpectDrops(1000);
        OwnNetwork.Command("ip", "link del v0");
        MakeInterface();
        tunnel.TakeReady();
        ExpectDrops(900);

        void ExpectDrops(int sent)
        {
            long dropped = tunnel.Received.Dropped(FrameVerdict.ReceiveBufferFull);
            using var peer = new Socket(AddressFamily.InterNetworkV6, SocketType.Dgram, ProtocolType.Udp);
            peer.Bind(new IPEndPoint(IPAddress.Parse("fe80::2%v1"), 4000));
            // The neighbour is known afterwards.
            Send(60);
            tunnel.Receive(1);
            for (int i = 0; i < sent; i++)
                Send(40_000);
            while (tunnel.Fill() > 0)
            {
            }

            // The kernel tells of it beside the next one that had room.
            Send(60);
            tunnel.Receive(1);
            Assert.That(tunnel.Received.Dropped(FrameVerdict.ReceiveBufferFull) - dropped, Is.InRange(1, sent));

            void Send(int length) => peer.SendTo(codec.Encode(LoopbackLink.Frame(length)), new IPEndPoint(IPAddress.Parse("fe80::1%v1"), 3000));
        }
    });

    private static void MakeInterface()
    {
        OwnNetwork.Command("ip", "link add v0 type veth peer name v1");
        foreach (string name in new[] { "v0", "v1" })
            OwnNetwork.Command("ip", $"link set {name} addrgenmode none up");
        OwnNetwork.Command("ip", "address add fe80::1/64 dev v0 nodad");
        OwnNetwork.Command("ip", "address add fe80::2/64 dev v1 nodad");
    }
}
