using System.Buffers.Binary;
using System.Net.Sockets;
using QemuL2tp.Datagrams;
using QemuL2tp.Options;
using QemuL2tp.Tests.TestSupport;
using QemuL2tp.Tunnel;
using Tmds.Linux;

namespace QemuL2tp.Tests.Tunnel;

internal sealed class SendBufferTests
{
    private const int Frames = 600;
    private const int FrameLength = 60_000;

    [Test]
    public void N_10_frames_wait_while_the_send_buffer_is_full_and_none_is_lost() => OwnNetwork.Run(() =>
    {
        // So slow that the buffer becomes full, however long this thread has to wait for a processor.
        OwnNetwork.Command("tc", "qdisc add dev lo root tbf rate 10mbit burst 200k limit 1g");
        L2tpv3Options options = Loopback.NewOptions();
        using Socket peer = Loopback.PeerOf(options);
        peer.SetRawSocketOption(LibC.SOL_SOCKET, LibC.SO_RCVBUFFORCE, BitConverter.GetBytes(2 * Frames * FrameLength));

        int descriptor = TunnelUnderTest.OpenSocket(options, out SocketAddress address);
        var counters = new DatagramCounters();
        using (address)
        using (var sink = new DatagramSink(descriptor, address, counters, new UdpSegmentation(false, options.IPv6, () => 0, _ => { })))
        using (var batch = new BatchUnderTest())
        {
            int next = 0;
            bool wasFull = false;
            Until.True(
                () =>
                {
                    for (int room = batch.Batch.IsEmpty ? 50 : 0; room > 0 && next < Frames; room--)
                        batch.Add(Numbered(next++));
                    int taken = sink.Accept(batch.Batch);
                    if (!batch.Batch.IsEmpty && taken < batch.Batch.Count && !wasFull)
                    {
                        wasFull = true;
                        OwnNetwork.Command("tc", "qdisc change dev lo root tbf rate 10gbit burst 1m limit 1g");
                    }

                    batch.Batch.RemoveFirst(taken);
                    return next == Frames && batch.Batch.IsEmpty;
                },
                "the send buffer is emptied again and again");

            Assert.That(counters.SendBufferFull, Is.GreaterThan(0), "the buffer was never full");
            Assert.That(batch.Counters.DroppedInAll, Is.Zero);
            Assert.That(ReceiveAll(peer), Is.EqualTo(Enumerable.Range(0, Frames)));
        }

        _ = LibC.close(descriptor);
    });

    private static byte[] Numbered(int number)
    {
        byte[] frame = new byte[FrameLength];
        BinaryPrimitives.WriteInt32BigEndian(frame, number);
        return frame;
    }

    private static List<int> ReceiveAll(Socket peer)
    {
        List<int> numbers = [];
        while (numbers.Count < Frames)
            numbers.Add(BinaryPrimitives.ReadInt32BigEndian(peer.ReceiveDatagram()));
        return numbers;
    }
}
