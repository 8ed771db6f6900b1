using System.Buffers.Binary;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using QemuL2tp.Guest.VhostUser.Protocol;
using QemuL2tp.Linux;
using Tmds.Linux;

namespace QemuL2tp.Tests.TestSupport;

/// <summary>The front end's end of a vhost-user connection: sends any bytes with any descriptors, reads answers.</summary>
/// <param name="socket">A connected unix stream socket; owned.</param>
/// <param name="turn">Lets a back end work that has no thread of its own; called before waiting for it.</param>
internal sealed unsafe class MockFrontEnd(int socket, Action? turn = null) : IDisposable
{
    private int _socket = socket;

    /// <summary>A front end on one end of a socket pair, and the other end.</summary>
    public static MockFrontEnd Pair(Action? turn, out int backEnd)
    {
        int* two = stackalloc int[2];
        Assert.That(LibC.socketpair(LibC.AF_UNIX, LibC.SOCK_STREAM | LibC.SOCK_CLOEXEC, 0, two), Is.Zero);
        backEnd = two[1];
        return new MockFrontEnd(two[0], turn);
    }

    /// <summary>A front end that connects to the back end's socket.</summary>
    public static MockFrontEnd Connect(string path, Action? turn = null)
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Connect(new UnixDomainSocketEndPoint(path));
        return new MockFrontEnd(LibC.fcntl((int)socket.Handle, LibC.F_DUPFD_CLOEXEC, 0), turn);
    }

    public void Send(MockMessage message) => SendBytes(message.Bytes, message.Descriptors);

    /// <summary>Each byte in a call of its own, the back end working in between; descriptors come with the first one.</summary>
    public void SendByteByByte(MockMessage message)
    {
        byte[] bytes = message.Bytes;
        for (int i = 0; i < bytes.Length; i++)
        {
            SendBytes(bytes.AsSpan(i, 1), i == 0 ? message.Descriptors : []);
            turn?.Invoke();
        }
    }

    /// <returns>False when the other end is closed.</returns>
    public bool SendBytes(ReadOnlySpan<byte> bytes, params ReadOnlySpan<int> descriptors)
    {
        int descriptorBytes = descriptors.Length * sizeof(int);
        // One more int than is told, as the kernel's headers are multiples of eight.
        byte[] control = new byte[sizeof(cmsghdr) + descriptorBytes + sizeof(int)];
        cmsghdr rights = new() { cmsg_len = sizeof(cmsghdr) + descriptorBytes, cmsg_level = LibC.SOL_SOCKET, cmsg_type = LibC.SCM_RIGHTS };
        MemoryMarshal.Write(control, in rights);
        MemoryMarshal.AsBytes(descriptors).CopyTo(control.AsSpan(sizeof(cmsghdr)));
        fixed (byte* data = bytes)
        fixed (byte* ancillary = control)
        {
            iovec piece = new() { iov_base = data, iov_len = bytes.Length };
            msghdr header = new() { msg_iov = &piece, msg_iovlen = 1 };
            if (descriptors.Length > 0)
            {
                header.msg_control = ancillary;
                header.msg_controllen = rights.cmsg_len;
            }

            long sent = LibC.sendmsg(_socket, &header, LibC.MSG_NOSIGNAL);
            if (sent < 0 && (LibC.errno == LibC.EPIPE || LibC.errno == LibC.ECONNRESET))
                return false;
            Assert.That((int)sent, Is.EqualTo(bytes.Length), $"errno = {LibC.errno}");
            return true;
        }
    }

    /// <summary>Sends a message and reads the answer if there is to be one.</summary>
    /// <returns>The answer; null when none is due.</returns>
    public ulong? Ask(MockMessage message)
    {
        Send(message);
        if (message.HasReply)
            return Receive(message.Request);
        turn?.Invoke();
        return null;
    }

    /// <summary>Sends messages one after the other and reads what is due; each acknowledgement must be zero.</summary>
    public void Run(IEnumerable<MockMessage> messages)
    {
        foreach (MockMessage message in messages)
        {
            ulong? answer = Ask(message);
            if ((message.Flags & 8) != 0)
                Assert.That(answer, Is.Zero, $"{message.Request}");
        }
    }

    /// <summary>The value of the next answer, which must be to this request.</summary>
    public ulong Receive(Request request)
    {
        byte[] answer = ReceiveBytes(20) ?? throw new AssertionException($"the connection ended instead of an answer to {request}");
        using (Assert.EnterMultipleScope())
        {
            Assert.That((Request)BinaryPrimitives.ReadUInt32LittleEndian(answer), Is.EqualTo(request));
            Assert.That(BinaryPrimitives.ReadUInt32LittleEndian(answer.AsSpan(4)), Is.EqualTo(5), "flags: version and reply");
            Assert.That(BinaryPrimitives.ReadUInt32LittleEndian(answer.AsSpan(8)), Is.EqualTo(8), "bytes of payload");
        }

        return BinaryPrimitives.ReadUInt64LittleEndian(answer.AsSpan(12));
    }

    /// <summary>Whether an answer is there to be read, or the end.</summary>
    public bool HasSomething(int patienceMilliseconds = 0)
    {
        turn?.Invoke();
        pollfd query = new() { fd = _socket, events = LibC.POLLIN };
        return Glibc.poll(&query, 1, patienceMilliseconds) > 0;
    }

    /// <summary>Whether the back end has closed the connection; answers before it are skipped.</summary>
    public bool IsClosed()
    {
        byte* bytes = stackalloc byte[64];
        while (HasSomething(Until.PatienceMilliseconds))
        {
            if (LibC.read(_socket, bytes, 64) <= 0)
                return true;
        }

        return false;
    }

    public void Dispose()
    {
        if (_socket >= 0)
            _ = LibC.close(_socket);
        _socket = -1;
    }

    private byte[]? ReceiveBytes(int count)
    {
        byte[] bytes = new byte[count];
        fixed (byte* data = bytes)
        {
            for (int have = 0; have < count;)
            {
                Assert.That(HasSomething(Until.PatienceMilliseconds), Is.True, "no answer came");
                long received = LibC.read(_socket, data + have, count - have);
                if (received <= 0)
                    return null;
                have += (int)received;
            }
        }

        return bytes;
    }
}
