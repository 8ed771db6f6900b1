using System.Buffers.Binary;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace QemuL2tp.Integration.Peers;

/// <summary>
/// The far end of a wire over UDP on the loopback: counts the frames of a <see cref="PacketGenerator"/> and those that
/// came twice, and sends frames at a pace.
/// </summary>
internal sealed class GeneratedFrames : IDisposable
{
    // After the L2TPv3 header over UDP, Ethernet, IPv4 and UDP: a magic number, the number of the frame, the time it was made.
    private const int MagicAt = 8 + 14 + 20 + 8;
    private const int IdentityAt = MagicAt + 4;
    private const int IdentityLength = 12;
    private const uint Magic = 0xbe9be955;
    private const int BufferBytes = 512 << 20; // For ten seconds and more in which this end gets no processor.
    private readonly Wire _wire;
    private readonly Socket _socket;
    private readonly Thread _receiver;
    private readonly HashSet<(uint Number, uint Seconds, uint Microseconds)> _seen = [];
    private long _count;
    private long _twice;

    public GeneratedFrames(Wire wire)
    {
        _wire = wire;
        _socket = UdpFarEnd.Open(wire, BufferBytes); // It must not be this end that loses frames.
        _receiver = new Thread(Receive) { IsBackground = true, Name = "generated frames" };
        _receiver.Start();
    }

    /// <summary>How many have arrived, each counted as often as it came.</summary>
    public long Count => Volatile.Read(ref _count);

    /// <summary>How many of them had been there before.</summary>
    public long Twice => Volatile.Read(ref _twice);

    /// <summary>Waits until frames come in; answers how long it took.</summary>
    public TimeSpan WaitForMore()
    {
        long before = Count;
        return Until.True(() => Count > before + 20, "generated frames come in");
    }

    /// <summary>Sends frames to the guest at an even pace, or as fast as it goes when it is 0; answers how many.</summary>
    public long Send(int rate, TimeSpan duration, int bytes = 60)
    {
        byte[] datagram = Datagram(bytes);
        SocketAddress target = Target();
        // Clock: a pace, which is not asked for.
        long start = Stopwatch.GetTimestamp();
        long sent = 0;
        for (TimeSpan elapsed; (elapsed = Stopwatch.GetElapsedTime(start)) < duration;)
        {
            long due = rate == 0 ? sent + 1 : (long)(elapsed.TotalSeconds * rate);
            if (due == sent)
            {
                // Clock: gives the processor away.
                Thread.Sleep(0);
            }

            for (; sent < due; sent++)
            {
                _socket.SendTo(datagram, SocketFlags.None, target);
            }
        }

        return sent;
    }

    /// <summary>Sends so many frames to the guest at once.</summary>
    public void SendBurst(int count)
    {
        byte[] datagram = Datagram(60);
        SocketAddress target = Target();
        for (int i = 0; i < count; i++)
        {
            _socket.SendTo(datagram, SocketFlags.None, target);
        }
    }

    public void Dispose()
    {
        _socket.Dispose();
        _receiver.Join();
    }

    private byte[] Datagram(int bytes)
    {
        byte[] datagram = new byte[8 + bytes];
        BinaryPrimitives.WriteUInt32BigEndian(datagram, 0x00030000);
        BinaryPrimitives.WriteInt32BigEndian(datagram.AsSpan(4), _wire.LocalSession);
        NumberedFrames.Frame(0).CopyTo(datagram, 8);
        datagram.AsSpan(8, 6).Fill(0xff); // broadcast, for QEMU's device lets no other foreign address pass
        return datagram;
    }

    private SocketAddress Target() => new IPEndPoint(IPAddress.Parse(_wire.Local), _wire.LocalPort).Serialize();

    private void Receive()
    {
        byte[] datagram = new byte[2048];
        try
        {
            while (true)
            {
                int length = _socket.Receive(datagram);
                if (length >= IdentityAt + IdentityLength && BinaryPrimitives.ReadUInt32BigEndian(datagram.AsSpan(MagicAt)) == Magic)
                {
                    Note(datagram.AsSpan(IdentityAt, IdentityLength));
                }
            }
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            // Disposed of.
        }
    }

    private void Note(ReadOnlySpan<byte> identity)
    {
        bool isNew = _seen.Add((
            BinaryPrimitives.ReadUInt32BigEndian(identity),
            BinaryPrimitives.ReadUInt32BigEndian(identity[4..]),
            BinaryPrimitives.ReadUInt32BigEndian(identity[8..])));
        Volatile.Write(ref _twice, _twice + (isNew ? 0 : 1));
        Volatile.Write(ref _count, _count + 1);
    }
}
