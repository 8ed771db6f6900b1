using System.Net;
using System.Net.Sockets;
using QemuL2tp.EventLoop;
using QemuL2tp.Forwarding;
using QemuL2tp.Frames;
using QemuL2tp.Guest;
using QemuL2tp.Guest.Dgram;
using QemuL2tp.Guest.Stream;
using QemuL2tp.Guest.VhostUser.Net;
using QemuL2tp.L2tpv3;
using QemuL2tp.Linux;
using QemuL2tp.Options;
using QemuL2tp.Tunnel;
using Tmds.Linux;

namespace QemuL2tp.Tests.TestSupport;

/// <summary>A whole link in this process: a front end, a UDP tunnel on loopback with a counter, and the peer's socket.</summary>
internal sealed class LoopbackLink : IDisposable
{
    private static readonly L2tpPeer s_codec = new() { OverUdp = true, SendSession = 2, ExpectSession = 1, Sublayer = true };

    private const int MostTurns = 10_000_000;

    private readonly int _threads;
    private readonly Worker _second = new();

    /// <param name="frontend">Our side of the connection to QEMU.</param>
    /// <param name="threads">Worker threads, 1 or 2; 0: the test calls <see cref="Turn"/>.</param>
    /// <param name="reorderWindow"><c>x-reorder-window</c>.</param>
    /// <param name="stages">Makes a stage for each direction: in front of the encapsulator, and behind everything toward the guest; owned.</param>
    public LoopbackLink(FrontendOptions frontend, int threads = 1, int reorderWindow = 0, params Func<IFrameStage>[] stages)
    {
        L2tpv3Options options = Loopback.NewOptions() with
        {
            TransmitSession = 1,
            ReceiveSession = 2,
            Counter = true,
            ReorderWindow = reorderWindow,
        };
        Peer = Loopback.PeerOf(options);
        Peer.ReceiveBufferSize = 4 << 20;
        OurEndPoint = Loopback.SourceOf(options);
        Tunnel = TunnelSession.OpenAlone(options, Log);
        Guest = frontend.Kind == FrontendKind.VhostUser
            ? new VhostUserPort(frontend, "net0", Log)
            : DgramPort.IsFor(frontend) ? new DgramPort(frontend, "net0", Log) : new StreamPort(frontend, "net0", Log);
        Link = new PseudowireLink(Guest, Tunnel, [.. stages.Select(make => make()), new Encapsulator(options)], [.. ReceiveStages(options), .. stages.Select(make => make())], new DropReporter(Log, "net0"), new DropReporter(Log, "net0", Tunnel), frontend.PollMicroseconds);
        _threads = threads;
        // Where the test calls the turns it calls the timers too, and a busy machine does not; but stages have timers.
        Worker = new Worker(threads == 0 && frontend.Kind == FrontendKind.VhostUser && stages.Length == 0 ? () => 0 : null);
        Worker.Add(Link, threads == 2 ? _second : null);
        if (threads == 2)
            _second.Start("test rx");
        if (threads > 0)
            Worker.Start("test");
    }

    public RecordingLog Log { get; } = new();
    public Worker Worker { get; }
    public Socket Peer { get; }
    public IPEndPoint OurEndPoint { get; }
    public TunnelSession Tunnel { get; }
    public IGuestPort Guest { get; }
    public PseudowireLink Link { get; }

    public static FrontendOptions Unix(string path, bool server = true, FrontendKind kind = FrontendKind.Stream) =>
        new() { Kind = kind, Server = server, Address = new UnixFrontendAddress(path), ReconnectMilliseconds = 20 };

    /// <summary>What stands between a tunnel and a guest.</summary>
    public static IFrameStage[] ReceiveStages(L2tpv3Options options) =>
        Resequencer.IsWanted(options) ? [new Decapsulator(options), new Resequencer(options)] : [new Decapsulator(options)];

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

    /// <summary>Sends to the tunnel. Where the test calls the turns, the datagram is there for the next one.</summary>
    public void SendFromPeer(byte[] frame, uint counter = 0)
    {
        Peer.SendTo(s_codec.Encode(frame, counter), OurEndPoint);
        if (_threads == 0)
            Loopback.Settle();
    }

    /// <summary>Sends frames in one call, which arrive together; each is as long as the first, the last may be shorter (UDP_SEGMENT).</summary>
    public void SendTogetherFromPeer(params (byte[] Frame, uint Counter)[] frames)
    {
        byte[][] datagrams = [.. frames.Select(each => s_codec.Encode(each.Frame, each.Counter))];
        Peer.SetRawSocketOption((int)ProtocolType.Udp, Glibc.UDP_SEGMENT, BitConverter.GetBytes(datagrams[0].Length));
        Peer.SendTo([.. datagrams.SelectMany(bytes => bytes)], OurEndPoint);
        Peer.SetRawSocketOption((int)ProtocolType.Udp, Glibc.UDP_SEGMENT, BitConverter.GetBytes(0));
    }

    /// <summary>Turns until both descriptors have something to be read. Allocates nothing.</summary>
    public unsafe void TurnUntilReadable(int one, int other)
    {
        pollfd* both = stackalloc pollfd[] { new() { fd = one, events = LibC.POLLIN }, new() { fd = other, events = LibC.POLLIN } };
        // More than one turn where the kernel has put something off.
        for (int turns = 0; Glibc.poll(both, 2, 0) < 2; turns++)
        {
            if (turns == MostTurns)
                Assert.Fail("nothing came through");
            Turn();
        }
    }

    /// <summary>Waits for something that another thread does.</summary>
    public void Until(Func<bool> condition, string what) => TestSupport.Until.True(
        () =>
        {
            if (_threads == 0)
                Turn();
            return condition();
        },
        what);

    public void Dispose()
    {
        Worker.Stop();
        _second.Stop();
        Worker.Dispose();
        _second.Dispose();
        Peer.Dispose();
    }
}
