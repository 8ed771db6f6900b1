using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Tmds.Linux;
using SocketAddress = QemuL2tp.Datagrams.SocketAddress;

namespace QemuL2tp.Tests.TestSupport;

/// <summary>
/// QEMU's side of datagrams, written from the description of net/dgram.c: a bound socket that is never connected and does not
/// look at who sends. One datagram of 0 bytes, and it would read no more.
/// </summary>
internal sealed unsafe class DgramQemu : IDisposable
{
    /// <summary>Kept from their finalizers, which would delete the file of the next one.</summary>
    private static readonly ConcurrentBag<Socket> s_killed = [];

    private readonly EndPoint? _remote;
    private readonly SocketAddress? _remoteBytes;

    private DgramQemu(Socket socket, EndPoint? remote)
    {
        Socket = socket;
        _remote = remote;
        socket.ReceiveTimeout = Loopback.PatienceMilliseconds;
        if (remote is null)
            return;
        System.Net.SocketAddress bytes = remote.Serialize();
        _remoteBytes = new SocketAddress(bytes.Buffer.Span[..bytes.Size]);
    }

    public Socket Socket { get; }

    /// <summary>As with <c>local.type=unix</c>: a file that is there is removed.</summary>
    public static DgramQemu Unix(string local, string remote)
    {
        File.Delete(local);
        var socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(local));
        return new DgramQemu(socket, new UnixDomainSocketEndPoint(remote));
    }

    public static DgramQemu Inet(IPEndPoint local, IPEndPoint remote) => new(Loopback.Udp(local), remote);

    /// <summary>The other end of a socket pair.</summary>
    public static DgramQemu Connected(Socket socket) => new(socket, null);

    /// <summary>As with <c>mcast=</c>: a member of the group on the loopback interface, at the port of the group, that hears itself.</summary>
    public static DgramQemu Multicast(IPEndPoint group)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
        socket.SetRawSocketOption(LibC.SOL_SOCKET, LibC.SO_REUSEADDR, BitConverter.GetBytes(1));
        socket.Bind(group);
        socket.SetSocketOption(SocketOptionLevel.IP, SocketOptionName.AddMembership, new MulticastOption(group.Address, IPAddress.Loopback));
        socket.SetSocketOption(SocketOptionLevel.IP, SocketOptionName.MulticastInterface, IPAddress.Loopback.GetAddressBytes());
        return new DgramQemu(socket, group);
    }

    public void Send(params byte[][] frames)
    {
        foreach (byte[] frame in frames)
            _ = _remote is null ? Socket.Send(frame) : Socket.SendTo(frame, _remote);
    }

    /// <summary>The same without a managed object.</summary>
    public void Send(byte* frame, int length)
    {
        iovec piece = new() { iov_base = frame, iov_len = length };
        msghdr message = new() { msg_name = _remoteBytes!.Pointer, msg_namelen = _remoteBytes.Length, msg_iov = &piece, msg_iovlen = 1 };
        if (LibC.sendmsg((int)Socket.Handle, &message, 0) != length)
            Assert.Fail($"sending failed, errno = {LibC.errno}");
    }

    public byte[] Receive() => Socket.ReceiveDatagram();

    /// <summary>Whether something waits: what was sent over a unix socket is there at once.</summary>
    public bool HasFrame => Socket.Poll(TimeSpan.Zero, SelectMode.SelectRead);

    /// <summary>As a QEMU that is killed: its file stays, which the class library would delete.</summary>
    public void Dispose()
    {
        Socket.SafeHandle.Dispose();
        s_killed.Add(Socket);
        _remoteBytes?.Dispose();
    }
}
