using System.Net;
using QemuL2tp.Options;
using QemuL2tp.Tests.TestSupport;
using Tmds.Linux;

namespace QemuL2tp.Tests.Guest.Dgram;

public sealed class DgramAllocationTests
{
    private const int Turns = 10_000;

    [Test]
    public void Ten_thousand_turns_over_unix_datagrams_allocate_nothing([Values(60, 1514, 9014)] int length)
    {
        using var paths = new DgramPaths();
        using DgramQemu qemu = paths.StartQemu();
        Assert.That(AllocatedBy(paths.Options, qemu, length, echoes: 1), Is.Zero);
    }

    [Test]
    public void Nor_over_UDP()
    {
        IPAddress host = IPAddress.Parse(Loopback.NewPrefix() + "1");
        int ours = Loopback.NewPort(), qemus = Loopback.NewPort();
        using DgramQemu qemu = DgramQemu.Inet(new(host, qemus), new(host, ours));
        var address = new DatagramFrontendAddress(new InetFrontendAddress($"{host}", $"{ours}"), new InetFrontendAddress($"{host}", $"{qemus}"));
        Assert.That(AllocatedBy(Options(address), qemu, 1514, echoes: 1), Is.Zero);
    }

    [Test]
    public void Nor_in_a_multicast_group()
    {
        var group = new IPEndPoint(IPAddress.Parse("230.7.7.7"), Loopback.NewPort());
        using DgramQemu qemu = DgramQemu.Multicast(group);
        var address = new MulticastFrontendAddress(new InetFrontendAddress($"{group.Address}", $"{group.Port}"), "127.0.0.1");
        Assert.That(AllocatedBy(Options(address), qemu, 1514, echoes: 2), Is.Zero);
    }

    [Test]
    public void Nor_while_QEMU_is_not_there()
    {
        using var paths = new DgramPaths();
        using var link = new LoopbackLink(paths.Options, threads: 0);
        byte[] datagram = [0, 3, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, .. LoopbackLink.Frame(60)];
        link.Peer.Connect(link.OurEndPoint);
        Run(1000);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Run(Turns);
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);
        link.Until(() => link.Link.TunnelToGuest.DroppedInAll == Turns + 1000, "all are dropped");

        unsafe void Run(int turns)
        {
            fixed (byte* bytes = datagram)
            {
                for (int i = 0; i < turns; i++)
                {
                    LibC.write((int)link.Peer.Handle, bytes, datagram.Length);
                    link.Turn();
                }
            }
        }
    }

    private static FrontendOptions Options(FrontendAddress address) => new() { Kind = FrontendKind.Dgram, Server = false, Address = address };

    /// <param name="frontend">Our side.</param>
    /// <param name="qemu">The other.</param>
    /// <param name="length">Bytes of a frame.</param>
    /// <param name="echoes">Datagrams that QEMU has received after each turn: ours, and its own if it hears itself.</param>
    private static unsafe long AllocatedBy(FrontendOptions frontend, DgramQemu qemu, int length, int echoes)
    {
        using var link = new LoopbackLink(frontend, threads: 0);
        link.Peer.Connect(link.OurEndPoint);
        byte[] frame = LoopbackLink.Frame(length);
        byte[] datagram = [0, 3, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, .. frame];
        byte[] received = new byte[65536];
        long moved = Run(1000);
        long before = GC.GetAllocatedBytesForCurrentThread();
        moved += Run(Turns);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.That(moved, Is.EqualTo((Turns + 1000L) * ((echoes * frame.Length) + datagram.Length)), "every byte came through");
        return allocated;

        long Run(int turns)
        {
            long bytes = 0;
            fixed (byte* frameBytes = frame, datagramBytes = datagram, receivedBytes = received)
            {
                for (int i = 0; i < turns; i++)
                {
                    qemu.Send(frameBytes, frame.Length);
                    LibC.write((int)link.Peer.Handle, datagramBytes, datagram.Length);
                    link.TurnUntilReadable((int)qemu.Socket.Handle, (int)link.Peer.Handle);
                    for (int echo = 0; echo < echoes; echo++)
                        bytes += LibC.read((int)qemu.Socket.Handle, receivedBytes, received.Length);
                    bytes += LibC.read((int)link.Peer.Handle, receivedBytes, received.Length);
                }
            }

            return bytes;
        }
    }
}
