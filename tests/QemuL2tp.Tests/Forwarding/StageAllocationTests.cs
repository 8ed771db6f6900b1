using System.Net;
using QemuL2tp.Frames;
using QemuL2tp.Options;
using QemuL2tp.Tests.TestSupport;
using QemuL2tp.Tests.TestSupport.Stages;
using Tmds.Linux;

namespace QemuL2tp.Tests.Forwarding;

/// <summary>Stages that shape batches cost no garbage.</summary>
internal sealed unsafe class StageAllocationTests
{
    private const int Turns = 10_000;

    [TestCaseSource(typeof(StageLists), nameof(StageLists.All))]
    public void Ten_thousand_turns_over_a_stream_allocate_nothing(Func<IFrameStage>[] stages)
    {
        using var directory = new TemporaryDirectory();
        string path = directory.File("net0.sock");
        using var link = new LoopbackLink(LoopbackLink.Unix(path), threads: 0, stages: stages);
        using FakeQemu qemu = FakeQemu.Connect(path);
        link.Until(() => link.Guest.IsConnected, "connected");
        byte[] record = [.. Enumerable.Repeat(FakeQemu.Record(LoopbackLink.Frame(300)), 4).SelectMany(bytes => bytes)];
        Run(link, (int)qemu.Socket.Handle, record);
    }

    [TestCaseSource(typeof(StageLists), nameof(StageLists.All))]
    public void Nor_over_datagrams(Func<IFrameStage>[] stages)
    {
        string host = Loopback.NewPrefix() + "1";
        int ours = Loopback.NewPort(), qemus = Loopback.NewPort();
        var address = new DatagramFrontendAddress(new InetFrontendAddress(host, $"{ours}"), new InetFrontendAddress(host, $"{qemus}"));
        using DgramQemu qemu = DgramQemu.Inet(new(IPAddress.Parse(host), qemus), new(IPAddress.Parse(host), ours));
        using var link = new LoopbackLink(new FrontendOptions { Kind = FrontendKind.Dgram, Server = false, Address = address }, threads: 0, stages: stages);
        qemu.Socket.Connect(IPAddress.Parse(host), ours);
        Run(link, (int)qemu.Socket.Handle, LoopbackLink.Frame(300));
    }

    [TestCase("delay, split, join")]
    [TestCase("split, delay, join")]
    public void Nor_over_rings(string stages)
    {
        using var link = new VhostUserGuest(isPacked: false, StageLists.Named.Single(list => list.Name == stages).Stages);
        byte[] frame = LoopbackLink.Frame(300);
        long allocated = 0;
        for (int i = 0; i < Turns + 1000; i++)
        {
            link.Send(frame);
            link.Link.SendFromPeer(frame);
            long before = GC.GetAllocatedBytesForCurrentThread();
            link.Turn();
            if (i >= 1000)
                allocated += GC.GetAllocatedBytesForCurrentThread() - before;
            link.Receive();
            link.ReceiveAtPeer();
        }

        Assert.That(allocated, Is.Zero);
        link.Link.Until(() => IsAtRest(link.Link.Link.GuestToTunnel) && IsAtRest(link.Link.Link.TunnelToGuest), "in = out + drops");
        Assert.That(link.Link.Link.GuestToTunnel.FramesOut, Is.GreaterThanOrEqualTo(Turns));
        Assert.That(link.Link.Link.TunnelToGuest.FramesOut, Is.GreaterThanOrEqualTo(Turns));
    }

    /// <summary>The same bytes from both ends in each turn; what comes is read and not looked at.</summary>
    private static void Run(LoopbackLink link, int qemu, byte[] fromQemu)
    {
        int peer = (int)link.Peer.Handle;
        link.Peer.Connect(link.OurEndPoint);
        byte[] datagram = [0, 3, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, .. LoopbackLink.Frame(300)];
        byte[] received = new byte[65536];
        RunTurns(1000);
        long before = GC.GetAllocatedBytesForCurrentThread();
        RunTurns(Turns);
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);
        link.Until(() => IsAtRest(link.Link.GuestToTunnel) && IsAtRest(link.Link.TunnelToGuest), "in = out + drops");
        Assert.That(link.Link.GuestToTunnel.FramesOut, Is.GreaterThanOrEqualTo(Turns));
        Assert.That(link.Link.TunnelToGuest.FramesOut, Is.GreaterThanOrEqualTo(Turns));

        void RunTurns(int turns)
        {
            fixed (byte* fromQemuBytes = fromQemu, datagramBytes = datagram, receivedBytes = received)
            {
                for (int i = 0; i < turns; i++)
                {
                    LibC.write(qemu, fromQemuBytes, fromQemu.Length);
                    for (int k = 0; k < 4; k++)
                        LibC.write(peer, datagramBytes, datagram.Length);
                    link.Turn();
                    Drain(qemu, receivedBytes, received.Length);
                    Drain(peer, receivedBytes, received.Length);
                }
            }
        }
    }

    private static void Drain(int socket, byte* buffer, int length)
    {
        while ((long)LibC.recv(socket, buffer, length, LibC.MSG_DONTWAIT) > 0)
        {
        }
    }

    private static bool IsAtRest(DirectionCounters counters) => counters.FramesIn == counters.FramesOut + counters.DroppedInAll;
}
