using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace QemuL2tp.Integration.Peers;

/// <summary>
/// The far end of a wire over UDP on the loopback, for a guest's side that makes frames and turns frames around: counts those that
/// it makes, and sends numbered ones that must come back.
/// </summary>
internal sealed class TurnedFrames : IDisposable
{
    private const int Header = 8;
    private const int BufferBytes = 512 << 20; // It must not be this end that loses frames.
    private const int Window = 64;
    private readonly Socket _socket;
    private readonly Wire _wire;
    private readonly Thread _receiver;
    private readonly int _length;
    private int _sent;
    private int _back;
    private int _wrong;
    private long _made;

    /// <param name="wire">Of <see cref="UdpFarEnd.WireOf"/>.</param>
    /// <param name="length">Of the frames that the guest's side makes.</param>
    public TurnedFrames(Wire wire, int length)
    {
        _wire = wire;
        _length = length;
        _socket = UdpFarEnd.Open(wire, BufferBytes); // It must not be this end that loses frames.
        _receiver = new Thread(Receive) { IsBackground = true, Name = "turned frames" };
        _receiver.Start();
    }

    /// <summary>How many have come that the guest's side has made.</summary>
    public long Made => Volatile.Read(ref _made);

    /// <summary>Waits for so many more.</summary>
    public void WaitForMore(long count)
    {
        long before = Made;
        Until.True(() => Made >= before + count, () => $"{count} frames come; {Made - before} did");
    }

    /// <summary>Sends numbered frames, never more at once than a ring has room for; each must come back once, in order and unchanged.</summary>
    public void Exchange(int count)
    {
        EndPoint target = new IPEndPoint(IPAddress.Parse(_wire.Local), _wire.LocalPort);
        for (int end = _sent + count; _sent < end;)
        {
            for (int i = 0; i < Window && _sent < end; i++, _sent++)
                _socket.SendTo(Datagram(_sent), target);
            Until.True(() => Volatile.Read(ref _back) == _sent, () => $"{_sent} frames are back: {_back} in order, {Volatile.Read(ref _wrong)} others");
        }

        Assert.That(_wrong, Is.Zero, "frames that were not the next one");
    }

    public void Dispose()
    {
        _socket.Dispose();
        _receiver.Join();
    }

    private byte[] Datagram(int number)
    {
        byte[] header = new byte[Header];
        BinaryPrimitives.WriteUInt32BigEndian(header, 0x00030000);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), _wire.LocalSession);
        return [.. header, .. NumberedFrames.Frame(number)];
    }

    private void Receive()
    {
        byte[] datagram = new byte[2048];
        try
        {
            while (true)
                Note(datagram.AsSpan(0, _socket.Receive(datagram))[Header..]);
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            // Disposed of.
        }
    }

    private void Note(ReadOnlySpan<byte> frame)
    {
        if (frame.SequenceEqual(NumberedFrames.Frame(_back)))
            Volatile.Write(ref _back, _back + 1);
        else if (frame.Length == _length)
            Volatile.Write(ref _made, _made + 1);
        else
            Volatile.Write(ref _wrong, _wrong + 1);
    }
}
