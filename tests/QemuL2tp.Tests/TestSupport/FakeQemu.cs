using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace QemuL2tp.Tests.TestSupport;

/// <summary>QEMU's side of the stream framing, written from its description: a 4-byte big-endian length, then the frame.</summary>
internal sealed class FakeQemu(Socket socket) : IDisposable
{
    public Socket Socket { get; } = socket;

    public static FakeQemu Connect(string path) => Connect(new UnixDomainSocketEndPoint(path), ProtocolType.Unspecified);

    public static FakeQemu Connect(EndPoint endPoint, ProtocolType protocol = ProtocolType.Tcp)
    {
        var socket = new Socket(endPoint.AddressFamily, SocketType.Stream, protocol) { ReceiveTimeout = Until.PatienceMilliseconds };
        socket.Connect(endPoint);
        return new FakeQemu(socket);
    }

    /// <summary>A listening socket as of <c>-netdev stream,server=on</c>.</summary>
    public static Socket Listen(string path)
    {
        var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(path));
        listener.Listen();
        return listener;
    }

    public static FakeQemu Accept(Socket listener)
    {
        Socket accepted = listener.Accept();
        accepted.ReceiveTimeout = Until.PatienceMilliseconds;
        return new FakeQemu(accepted);
    }

    public static byte[] Record(params byte[][] frames) =>
        [.. frames.SelectMany(frame => Prefix((uint)frame.Length).Concat(frame))];

    public static byte[] Prefix(uint length)
    {
        byte[] prefix = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(prefix, length);
        return prefix;
    }

    public void Send(params byte[][] frames) => SendRaw(Record(frames));

    public void SendRaw(byte[] bytes) => Socket.Send(bytes);

    /// <summary>The next frame; null at the end of the connection.</summary>
    public byte[]? Receive()
    {
        byte[]? prefix = ReceiveExactly(4);
        return prefix is null ? null : ReceiveExactly((int)BinaryPrimitives.ReadUInt32BigEndian(prefix));
    }

    /// <summary>True when the other side has closed the connection.</summary>
    public bool IsClosed() => ReceiveExactly(1) is null;

    public void Dispose() => Socket.Dispose();

    private byte[]? ReceiveExactly(int count)
    {
        byte[] bytes = new byte[count];
        for (int have = 0; have < count;)
        {
            int received;
            try
            {
                received = Socket.Receive(bytes, have, count - have, SocketFlags.None);
            }
            catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionReset)
            {
                return null;
            }

            if (received == 0)
                return null;
            have += received;
        }

        return bytes;
    }
}
