using System.Runtime.InteropServices;
using QemuL2tp.Datagrams;
using QemuL2tp.Frames;
using QemuL2tp.Options;
using static Tmds.Linux.LibC;

namespace QemuL2tp.Tunnel;

/// <summary>One of the other ends of a tunnel, and over UDP the socket that is connected to it. Sessions with it share both.</summary>
internal sealed class TunnelPeer : IDisposable
{
    private readonly OncePerMinute _errorLog = new();
    private readonly IEventLog _log;

    /// <param name="address">Owned from now on.</param>
    /// <param name="descriptor">The socket that is or will be connected, owned from now on; -1: there cannot be one.</param>
    /// <param name="tunnel">The tunnel.</param>
    /// <param name="coalesce">As in <see cref="MessageReceiver"/>.</param>
    /// <param name="log">Told what the network reports.</param>
    public TunnelPeer(SocketAddress address, int descriptor, TunnelEndpoint tunnel, bool coalesce, IEventLog log)
    {
        Address = address;
        Descriptor = descriptor;
        ReceiveErrors = new PeerErrors(Counters);
        SendErrors = new PeerErrors(Counters);
        _log = log;
        if (descriptor >= 0)
            Receiver = new TunnelReceiver(descriptor, tunnel, Sessions, new OnePeer(null, ReceiveErrors, Counters), Counters, coalesce, ReceiveBuffers.Capacity);
    }

    public SocketAddress Address { get; }

    /// <summary>Why <c>dst</c> has no address yet; null: <see cref="Address"/> is its own. Set before it is used.</summary>
    public UserErrorException? Missing { get; init; }

    /// <summary>The connected socket, or one that holds its place; -1: there cannot be one.</summary>
    public int Descriptor { get; }

    /// <summary>Whether the socket is connected now; otherwise the tunnel's own does everything. Changed while the threads that carry frames rest.</summary>
    public bool IsConnected { get; set; }

    /// <summary>It has an address, and a socket that waits to be connected.</summary>
    public bool CanBeConnected => Descriptor >= 0 && !IsConnected && Missing is null;

    /// <summary>Reads that socket; null when there is none.</summary>
    public TunnelReceiver? Receiver { get; }

    public DatagramCounters Counters { get; } = new();

    /// <summary>What the thread that receives finds of the errors.</summary>
    public PeerErrors ReceiveErrors { get; }

    /// <summary>What the thread that sends finds of them.</summary>
    public PeerErrors SendErrors { get; }

    /// <summary>Those that carry frames.</summary>
    public List<TunnelSession> Sessions { get; } = [];

    /// <summary>Those that are open, whether they carry frames already or not.</summary>
    public int Users { get; set; }

    /// <summary>Tells what the network said since the last call. On either thread: an error is found by whichever calls the kernel next.</summary>
    /// <param name="errors">Those of the calling thread.</param>
    public void Tell(PeerErrors errors)
    {
        if (!errors.TakeNews() || !_errorLog.IsDue())
            return;
        string what = errors.LastError switch
        {
            var error when NetworkErrors.MeansNobodyListens(error) => "refuses our packets: nothing listens there yet",
            var error when error == EMSGSIZE => "is behind a link with a smaller MTU; packets are fragmented",
            _ => $"cannot be reached: {Marshal.GetPInvokeErrorMessage(errors.LastError)}",
        };
        // A router on the way, or whoever forged it; the peer itself has said no such thing.
        string who = errors.LastReporter is { } reporter && !reporter.Equals(Address.Host) ? $"{reporter} reports by ICMP that peer {Address}" : $"peer {Address}";
        _log.Write(EventLevel.Warning, $"{TunnelEndpoint.NamesOf(Sessions)}: {who} {what}; sending goes on");
    }

    public void Dispose()
    {
        Receiver?.Dispose();
        if (Descriptor >= 0)
            _ = close(Descriptor);
        Address.Dispose();
    }
}
