using System.Globalization;
using System.Runtime.InteropServices;
using QemuL2tp.Datagrams;
using QemuL2tp.Frames;
using QemuL2tp.Options;
using static QemuL2tp.Linux.Glibc;
using static Tmds.Linux.LibC;
using SocketAddress = QemuL2tp.Datagrams.SocketAddress;

namespace QemuL2tp.Tunnel;

/// <summary>
/// The network's end of a pseudowire, a source and a sink of datagrams: a raw IP socket, or a UDP socket connected to the peer
/// and one for what comes from elsewhere.
/// </summary>
public sealed class TunnelPort : IFramePort, IFrameSenders, IEventHandler
{
    /// <summary>The one that is connected, if one is, then the one that is not.</summary>
    private readonly int[] _sockets;
    private readonly int _sinkDescriptor = -1;

    /// <summary>Errors of each of the sockets, for the thread of the source, and what the thread of the sink finds of them.</summary>
    private readonly ErrorQueue[] _errors;
    private readonly ErrorQueue _sinkErrors;
    private readonly SocketAddress _peer;
    private readonly TunnelSource _source;
    private readonly DatagramSink _sink;
    private readonly string _name;
    private readonly IEventLog _log;
    private readonly UdpSegmentation _segmentation;
    private readonly bool _coalesces;
    private readonly SinkWatch _watch = new();
    private readonly OncePerMinute _errorLog = new();
    private bool _isWaiting = true;
    private readonly L2tpv3Options _options;
    private readonly LinkWatch? _links;
    private IEventLoop? _loop;
    private IEventLoop? _sinkLoop;
    private uint _scope;

    /// <summary>Resolves, opens and binds.</summary>
    /// <exception cref="UserErrorException">An address cannot be resolved or bound, or a privilege is missing.</exception>
    public TunnelPort(L2tpv3Options options, IEventLog log)
    {
        _options = options;
        _name = options.Id;
        _log = log;
        int bound = TunnelSocket.Open(options, out _peer);
        BroadcastPeer.Warn(options, _peer, log);
        int connected = options.Udp ? ConnectedSocket.TryOpen(bound, options, _peer) : -1;
        _sockets = connected >= 0 ? [connected, bound] : [bound];
        try
        {
            _segmentation = new UdpSegmentation(UdpOffload.IsWanted(bound, UDP_SEGMENT, "x-gso", options.SendOffload, options.Udp, "UDP_SEGMENT needs Linux 4.18"), options.IPv6, () => PathMtu.Find(bound, _peer), Tell);
            _sinkDescriptor = DatagramSocket.Duplicate(_sockets[0]);
            _coalesces = UdpOffload.IsWanted(bound, UDP_GRO, "x-gro", options.ReceiveOffload, options.Udp, "UDP_GRO needs Linux 5.0");
        }
        catch
        {
            CloseSockets();
            _peer.Dispose();
            throw;
        }

        // What is about the peer comes to the connected one.
        SocketAddress? unconnected = connected >= 0 ? null : _peer;
        _errors = [.. _sockets.Select(descriptor => new ErrorQueue(descriptor, descriptor == connected ? null : _peer, Counters))];
        _sinkErrors = new ErrorQueue(_sinkDescriptor, unconnected, Counters);
        _source = new TunnelSource(_sockets, _errors, _peer, Counters, _coalesces);
        _sink = new DatagramSink(_sinkDescriptor, unconnected, Counters, _segmentation, new NetworkErrors(_sinkErrors));
        _scope = TunnelSocket.ScopeOf(bound);
        _links = _scope == 0 ? null : new LinkWatch(FollowInterface);
    }

    public DatagramCounters Counters { get; } = new();

    public IFrameSource Source => _source;

    public IFrameSink Sink => _sink;

    public ReadyFlag Readable { get; } = new();

    public ReadyFlag Writable => _watch.Writable;

    /// <summary>How the offloads of the kernel's UDP stand, as a line for a person. Called on any thread while the worker runs.</summary>
    public string DescribeOffloads() => string.Create(
        CultureInfo.InvariantCulture,
        $"UDP_SEGMENT {_segmentation.State}: {Counters.FramesSegmented} frames in {Counters.MessagesSegmented} messages; UDP_GRO {(_coalesces ? "on" : "off")}: {Counters.DatagramsCoalesced} datagrams in {Counters.MessagesCoalesced} messages");

    public int CopySender(nuint token, Span<byte> address) => token switch
    {
        FrameSlot.FromUnknown => 0,
        FrameSlot.FromPeer => _peer.CopyTo(address),
        _ => _source.CopySender(token, address),
    };

    public unsafe string DescribeSender(ReadOnlySpan<byte> address)
    {
        fixed (byte* bytes = address)
            return SocketAddress.Format(bytes, (uint)address.Length);
    }

    public void Attach(IEventLoop sourceLoop, IEventLoop sinkLoop)
    {
        (_loop, _sinkLoop) = (sourceLoop, sinkLoop);
        _links?.Attach(sourceLoop);
        foreach (int descriptor in _sockets)
            sourceLoop.Add(descriptor, Readiness.Readable, this);
        _watch.Open(sinkLoop, _sinkDescriptor);
    }

    public void WaitForFrames(bool isWaiting)
    {
        foreach (ErrorQueue errors in _errors)
            LogErrors(errors);
        if (isWaiting == _isWaiting)
            return;
        _isWaiting = isWaiting;
        foreach (int descriptor in _sockets)
            _loop!.Change(descriptor, isWaiting ? Readiness.Readable : Readiness.None);
    }

    public void WaitForRoom(bool isWaiting)
    {
        LogErrors(_sinkErrors);
        _watch.WaitForRoom(isWaiting);
    }

    public void OnReady(Readiness readiness)
    {
        // Which socket it is about is not said; an error that nobody takes would be reported without end.
        if ((readiness & Readiness.Error) != 0)
        {
            foreach (ErrorQueue errors in _errors)
            {
                errors.Take();
                LogErrors(errors);
            }
        }

        if ((readiness & Readiness.Readable) == 0)
            return;
        _source.OnReadable();
        Readable.Set();
    }

    public void Dispose()
    {
        _links?.Dispose();
        foreach (int descriptor in _sockets)
            _loop?.Remove(descriptor);
        _watch.Close();
        CloseSockets();
        _source.Dispose();
        _sink.Dispose();
        _peer.Dispose();
    }

    /// <summary>
    /// The sockets of a link-local address belong to its interface by number. One that was made anew under the same name has another
    /// number: other sockets take the place of these, under the same descriptors, as soon as the address is there.
    /// </summary>
    private void FollowInterface()
    {
        if (!TunnelSocket.TryFindScope(_options, out uint scope) || scope == _scope || TryReopen() is not { } sockets)
            return;
        using (new LoopPause(_sinkLoop))
        {
            foreach (int descriptor in _sockets)
                _loop!.Remove(descriptor);
            _watch.Close();
            for (int i = 0; i < _sockets.Length; i++)
                DatagramSocket.Replace(_sockets[i], sockets[i]);
            DatagramSocket.Replace(_sinkDescriptor, sockets[0]);
            if (_peer.Scope != 0)
                _peer.Scope = scope;
            foreach (int descriptor in _sockets)
                _loop!.Add(descriptor, _isWaiting ? Readiness.Readable : Readiness.None, this);
            _watch.Open(_sinkLoop!, _sinkDescriptor);
        }

        _scope = scope;
        Array.ForEach(sockets, socket => _ = close(socket));
        _log.Write(EventLevel.Info, $"{_name}: the interface of src={_options.Source} was made anew; going on with it");
    }

    /// <returns>As many sockets as there are; null: not yet.</returns>
    private int[]? TryReopen()
    {
        int bound = -1;
        try
        {
            bound = TunnelSocket.Open(_options, out SocketAddress peer);
            using (peer)
            {
                int[] sockets = _sockets.Length == 1 ? [bound] : [ConnectedSocket.TryOpen(bound, _options, peer), bound];
                if (sockets[0] >= 0)
                {
                    if (_coalesces)
                        Array.ForEach(sockets, socket => DatagramSocket.TrySet(socket, IPPROTO_UDP, UDP_GRO, 1));
                    return sockets;
                }
            }
        }
        catch (UserErrorException)
        {
            // The address comes after the interface, and cannot be used before nobody else is found to have it.
        }

        if (bound >= 0)
            _ = close(bound);
        return null;
    }

    private void CloseSockets()
    {
        _ = close(_sinkDescriptor);
        foreach (int descriptor in _sockets)
            _ = close(descriptor);
    }

    private void Tell(string what) => _log.Write(EventLevel.Warning, $"{_name}: {what}");

    /// <summary>On either thread: an error is found by whichever calls the kernel next.</summary>
    private void LogErrors(ErrorQueue errors)
    {
        if (!errors.TakeNews() || !_errorLog.IsDue())
            return;
        string what = errors.LastError switch
        {
            var error when error == ECONNREFUSED || error == ENOPROTOOPT => "refuses our packets: nothing listens there yet",
            var error when error == EMSGSIZE => "is behind a link with a smaller MTU; packets are fragmented",
            _ => $"cannot be reached: {Marshal.GetPInvokeErrorMessage(errors.LastError)}",
        };
        // A router on the way, or whoever forged it; the peer itself has said no such thing.
        string who = errors.LastReporter is { } reporter && !reporter.Equals(_peer.Host) ? $"{reporter} reports by ICMP that peer {_peer}" : $"peer {_peer}";
        _log.Write(EventLevel.Warning, $"{_name}: {who} {what}; sending goes on");
    }
}
