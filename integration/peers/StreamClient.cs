using System.Buffers.Binary;
using System.Net.Sockets;

namespace QemuL2tp.Integration.Peers;

/// <summary>Plays QEMU's <c>-netdev stream,server=off</c>: records of a length and a frame.</summary>
internal sealed class StreamClient : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);

    /// <param name="path">The socket of the back end.</param>
    /// <param name="patience">How long to wait for a frame, in milliseconds; 0 is for ever.</param>
    public StreamClient(string path, int patience = Until.PatienceMilliseconds)
    {
        _socket.ReceiveTimeout = patience;
        Until.True(() => IsConnectedTo(path), $"somebody listens at {path}");
    }

    public void Send(ReadOnlySpan<byte> frame)
    {
        byte[] record = new byte[4 + frame.Length];
        BinaryPrimitives.WriteInt32BigEndian(record, frame.Length);
        frame.CopyTo(record.AsSpan(4));
        _socket.Send(record);
    }

    /// <summary>The next frame; null at the end of the connection. Nothing for too long is an error.</summary>
    public byte[]? Receive()
    {
        byte[]? length = Read(4);
        return length is null ? null : Read(BinaryPrimitives.ReadInt32BigEndian(length));
    }

    /// <summary>Ends the connection; a <see cref="Receive"/> that is waiting answers null.</summary>
    public void HangUp() => _socket.Shutdown(SocketShutdown.Both);

    public void Dispose() => _socket.Dispose();

    private bool IsConnectedTo(string path)
    {
        try
        {
            _socket.Connect(new UnixDomainSocketEndPoint(path));
            return true;
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionRefused)
        {
            // The file is there a moment before.
            return false;
        }
    }

    private byte[]? Read(int count)
    {
        byte[] bytes = new byte[count];
        for (int have = 0; have < count;)
        {
            int got = _socket.Receive(bytes, have, count - have, SocketFlags.None);
            if (got == 0)
            {
                return null;
            }

            have += got;
        }

        return bytes;
    }
}
