using System.Net.Sockets;

namespace QemuL2tp.Integration.Peers;

/// <summary>
/// A real QEMU without a machine: a hub between the netdev that qemu-l2tp serves and a datagram socket of the harness,
/// one datagram per frame.
/// </summary>
internal sealed class QemuHub : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified) { ReceiveTimeout = Until.PatienceMilliseconds };
    private readonly string _qemuPath;

    /// <param name="name">Unique in this run.</param>
    /// <param name="netdev">QEMU's side of the front end, without its id.</param>
    public QemuHub(string name, string netdev)
    {
        _qemuPath = Path.Combine(Settings.RunDirectory, $"{name}-q");
        string ourPath = Path.Combine(Settings.RunDirectory, $"{name}-h");
        _socket.Bind(new UnixDomainSocketEndPoint(ourPath));
        Command =
        [
            Settings.Qemu, "-M", "none", "-nodefaults", "-display", "none",
            "-netdev", $"{netdev},id=s", "-netdev", "hubport,id=h1,hubid=0,netdev=s",
            "-netdev", $"dgram,id=d,local.type=unix,local.path={_qemuPath},remote.type=unix,remote.path={ourPath}",
            "-netdev", "hubport,id=h2,hubid=0,netdev=d",
        ];
    }

    /// <summary>The command line that starts it.</summary>
    public IReadOnlyList<string> Command { get; }

    /// <summary>The frame that QEMU is sent by hand: its netdev must then be bound to that path.</summary>
    public static void SendTo(string path, ReadOnlySpan<byte> datagram)
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        socket.SendTo(datagram, new UnixDomainSocketEndPoint(path));
    }

    public void Send(ReadOnlySpan<byte> frame) => _socket.SendTo(frame, new UnixDomainSocketEndPoint(_qemuPath));

    public byte[] Receive()
    {
        byte[] frame = new byte[65536];
        return frame[.._socket.Receive(frame)];
    }

    /// <summary>True when a frame waits, or comes in a moment.</summary>
    public bool HasFrame => _socket.Poll(TimeSpan.FromMilliseconds(50), SelectMode.SelectRead);

    /// <summary>True when QEMU is there to take a frame.</summary>
    public bool IsUp => File.Exists(_qemuPath);

    public void Dispose() => _socket.Dispose();
}
