using System.Net.Sockets;
using QemuL2tp.EventLoop;
using QemuL2tp.Forwarding;
using QemuL2tp.Frames;
using QemuL2tp.Hosting;
using QemuL2tp.L2tpv3;
using QemuL2tp.Options;
using QemuL2tp.Tunnel;

namespace QemuL2tp.Tests.TestSupport;

/// <summary>Pseudowires on one worker, whose turns the test calls; those with one local end share a tunnel. The guests have no sockets.</summary>
internal sealed class SessionsUnderTest : IDisposable
{
    private readonly Tunnels _tunnels;
    private readonly Worker _worker = new();

    public SessionsUnderTest() => _tunnels = new Tunnels(Log);

    public RecordingLog Log { get; } = new();

    public Session Add(L2tpv3Options options)
    {
        TunnelSession port = _tunnels.Open(options).Session;
        var guest = new GuestUnderTest();
        var link = new PseudowireLink(guest, port, [new Encapsulator(options)], [new Decapsulator(options)], tunnelToGuestReporter: new DropReporter(Log, options.Id, port));
        _worker.Add(link);
        return new Session(options, port, guest, link);
    }

    public void Remove(Session session) => _worker.Remove(session.Link);

    /// <summary>Turns until nothing is left to do now.</summary>
    public void Turn()
    {
        Loopback.Settle();
        TurnOnly();
    }

    /// <summary>The same without waiting for what the kernel has put off.</summary>
    public void TurnOnly()
    {
        while (_worker.RunTurn(0))
        {
        }
    }

    /// <summary>Turns until something is so.</summary>
    public void Until(Func<bool> condition, string what) => TestSupport.Until.True(
        () =>
        {
            TurnOnly();
            return condition();
        },
        what);

    public void Dispose() => _worker.Dispose();

    /// <summary>One of the pseudowires.</summary>
    internal sealed record Session(L2tpv3Options Options, TunnelSession Port, GuestUnderTest Guest, PseudowireLink Link)
    {
        /// <summary>What its peer speaks, without an IP header.</summary>
        public L2tpPeer Codec { get; } = PseudowireOptions.PeerOf(Options) with { IPv4Header = [] };

        public DirectionCounters ToGuest => Link.TunnelToGuest;

        public DirectionCounters ToTunnel => Link.GuestToTunnel;

        /// <summary>A peer sends a frame to this session.</summary>
        public void SendFrom(Socket peer, byte[] frame, uint counter = 0) => peer.SendTo(Codec.Encode(frame, counter), Loopback.SourceOf(Options));
    }
}
