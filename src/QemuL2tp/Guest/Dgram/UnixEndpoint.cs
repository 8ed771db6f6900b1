using QemuL2tp.Datagrams;
using QemuL2tp.Frames;
using QemuL2tp.Guest.Sockets;
using QemuL2tp.Options;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace QemuL2tp.Guest.Dgram;

/// <summary>
/// Unix datagrams between two paths. What receives is bound to ours, and not connected, so that a QEMU that was started again
/// reaches it at once. What sends is a socket of its own, connected to QEMU's: only a connected one can be waited for while
/// QEMU's queue is full (net.unix.max_dgram_qlen).
/// </summary>
internal sealed unsafe class UnixEndpoint : DgramEndpoint
{
    private readonly SocketAddress _qemu;
    private readonly UnixSocketFile _file;
    private readonly string _name;
    private readonly IEventLog _log;
    private bool _isConnected;
    private int _lastError;

    private UnixEndpoint(SocketAddress qemu, UnixSocketFile file, string name, IEventLog log)
    {
        (_qemu, _file, _name, _log) = (qemu, file, name, log);
        Peer = qemu;
    }

    public static UnixEndpoint Open(UnixFrontendAddress local, UnixFrontendAddress remote, string name, IEventLog log)
    {
        StreamAddress ours = StreamAddress.From(local);
        UnixSocketFile.ClearStale(local, ours, SOCK_DGRAM);
        int sender = DgramSocket.Create(AF_UNIX);
        DatagramSocket.EnlargeBuffers(sender);
        int receiver;
        try
        {
            receiver = Bind(ours);
        }
        catch
        {
            _ = close(sender);
            throw;
        }

        return new UnixEndpoint(new SocketAddress(StreamAddress.From(remote).Bytes), UnixSocketFile.Own(local.Path), name, log)
        {
            Receiver = receiver,
            Sender = sender,
            Presence = new QemuPresence(name, remote.Path, log),
        };
    }

    public override bool TryReach() => _isConnected || Connect();

    /// <summary>The queue of QEMU's socket, our send buffer, or the kernel's memory.</summary>
    public override bool MeansFull(int error) => error == EAGAIN || error == ENOBUFS;

    /// <summary>QEMU's socket is closed, and the kernel has disconnected ours. There may be another at the same path by now.</summary>
    public override bool IsOver(int error)
    {
        if (error != ECONNREFUSED && error != ENOTCONN)
            return false;
        _isConnected = false;
        return Connect();
    }

    /// <summary>Says nothing new: what is sent tells whether QEMU can be reached, and that is what counts.</summary>
    public override void OnHeard()
    {
    }

    public override void Dispose()
    {
        _file.Remove();
        base.Dispose();
    }

    private static int Bind(StreamAddress address)
    {
        int descriptor = DgramSocket.Create(AF_UNIX);
        fixed (byte* bytes = address.Bytes)
        {
            if (bind(descriptor, (sockaddr*)bytes, (uint)address.Bytes.Length) == 0)
                return descriptor;
        }

        int error = errno;
        _ = close(descriptor);
        throw new UserErrorException($"can't bind unix={address.Description} to socket: {DgramSocket.ErrorText(error)}", "the directory of local.path must exist and be writable for this user") { Option = "local.path", Value = address.Description };
    }

    private bool Connect()
    {
        _isConnected = connect(Sender, _qemu.Pointer, _qemu.Length) == 0;
        int error = _isConnected ? 0 : errno;
        if (_isConnected)
            Presence.Found();
        else
            Presence.Lost();
        if (error != _lastError && error != 0)
            _log.Write(ConnectErrors.LevelOf(error), $"{_name}: waiting for QEMU at {Presence.Place}: {ConnectErrors.Explain(error, Presence.Place)}{(error == EPROTOTYPE ? "; it must be the local.path of a -netdev dgram" : "")}");
        _lastError = error;
        return _isConnected;
    }
}
