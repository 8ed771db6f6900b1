using System.Net;
using System.Net.Sockets;
using QemuL2tp.Forwarding;
using QemuL2tp.Guest;
using QemuL2tp.Guest.Dgram;
using QemuL2tp.Guest.Stream;
using QemuL2tp.Guest.VhostUser.Net;
using QemuL2tp.Network;
using QemuL2tp.Options;
using QemuL2tp.Pseudowire;

namespace QemuL2tp.Tests.TestSupport;

/// <summary>A whole link in this process: a front end, a UDP tunnel on loopback with a counter, and the peer's socket.</summary>
internal sealed class LoopbackLink : IDisposable
{
    private static readonly L2tpPeer s_codec = new() { OverUdp = true, SendSession = 2, ExpectSession = 1, Sublayer = true };

    private readonly int _threads;
    private readonly Worker _second = new();

    /// <param name="frontend">Our side of the connection to QEMU.</param>
    /// <param name="threads">Worker threads, 1 or 2; 0: the test calls <see cref="Turn"/>.</param>
    /// <param name="reorderWindow"><c>x-reorder-window</c>.</param>
    public LoopbackLink(FrontendOptions frontend, int threads = 1, int reorderWindow = 0)
    {
        Peer = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp) { ReceiveTimeout = 10_000, ReceiveBufferSize = 4 << 20 };
        Peer.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        using (var probe = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp))
        {
            probe.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            OurEndPoint = (IPEndPoint)probe.LocalEndPoint!;
        }

        var options = new L2tpv3Options
        {
            Id = "net0",
            Source = "127.0.0.1",
            Destination = "127.0.0.1",
            SourcePort = $"{OurEndPoint.Port}",
            DestinationPort = $"{((IPEndPoint)Peer.LocalEndPoint!).Port}",
            Udp = true,
            TransmitSession = 1,
            ReceiveSession = 2,
            Counter = true,
            ReorderWindow = reorderWindow,
        };
        Tunnel = new TunnelPort(options, Log);
        Guest = frontend.Kind == FrontendKind.VhostUser
            ? new VhostUserPort(frontend, "net0", Log)
            : DgramPort.IsFor(frontend) ? new DgramPort(frontend, "net0", Log) : new StreamPort(frontend, "net0", Log);
        Link = new PseudowireLink(Guest, Tunnel, new Encapsulator(options), new Decapsulator(options), new DropReporter(Log, "net0"), new DropReporter(Log, "net0", Tunnel.DescribeSender), frontend.PollMicroseconds);
        _threads = threads;
        Worker.Add(Link, threads == 2 ? _second : null);
        if (threads == 2)
            _second.Start("test rx");
        if (threads > 0)
            Worker.Start("test");
    }

    public RecordingLog Log { get; } = new();
    public Worker Worker { get; } = new();
    public Socket Peer { get; }
    public IPEndPoint OurEndPoint { get; }
    public TunnelPort Tunnel { get; }
    public IGuestPort Guest { get; }
    public PseudowireLink Link { get; }

    public static FrontendOptions Unix(string path, bool server = true, FrontendKind kind = FrontendKind.Stream) =>
        new() { Kind = kind, Server = server, Address = new UnixFrontendAddress(path), ReconnectMilliseconds = 20 };

    /// <summary>A frame of a given length with recognisable bytes.</summary>
    public static byte[] Frame(int length, int seed = 1)
    {
        byte[] frame = new byte[length];
        new Random(seed * 7919 + length).NextBytes(frame);
        return frame;
    }

    /// <summary>Runs until nothing is left to do.</summary>
    public void Turn()
    {
        while (Worker.RunTurn(0))
        {
        }
    }

    /// <summary>The next frame that the pseudowire delivers to the peer.</summary>
    public byte[] ReceiveAtPeer()
    {
        byte[] datagram = new byte[65535];
        int length = Peer.Receive(datagram);
        return s_codec.Decode(datagram[..length], out _);
    }

    public void SendFromPeer(byte[] frame, uint counter = 0) => Peer.SendTo(s_codec.Encode(frame, counter), OurEndPoint);

    /// <summary>Waits for something that another thread does.</summary>
    public void Until(Func<bool> condition, string what)
    {
        for (int i = 0; i < 1000 && !condition(); i++)
        {
            if (_threads == 0)
                Turn();
            Thread.Sleep(10);
        }

        Assert.That(condition(), Is.True, what);
    }

    public void Dispose()
    {
        Worker.Stop();
        _second.Stop();
        Worker.Dispose();
        _second.Dispose();
        Peer.Dispose();
    }
}
