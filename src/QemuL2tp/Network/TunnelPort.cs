using System.Globalization;
using QemuL2tp.Frames;
using QemuL2tp.Options;
using static Tmds.Linux.LibC;

namespace QemuL2tp.Network;

/// <summary>The network's end of a pseudowire: one UDP or raw IP socket that is a source and a sink of datagrams.</summary>
public sealed class TunnelPort : IFramePort, IEventHandler
{
    private readonly int _descriptor;
    private readonly int _sinkDescriptor = -1;
    private readonly SocketAddress _peer;
    private readonly DatagramSource _source;
    private readonly DatagramSink _sink;
    private readonly string _name;
    private readonly IEventLog _log;
    private readonly UdpSegmentation _segmentation;
    private readonly bool _coalesces;
    private readonly SinkWatch _watch = new();
    private readonly OncePerMinute _errorLog = new();
    private bool _isWaiting = true;
    private IEventLoop? _loop;
    private long _errorsSeen;

    /// <summary>Resolves, opens and binds.</summary>
    /// <exception cref="UserErrorException">An address cannot be resolved or bound, or a privilege is missing.</exception>
    public TunnelPort(L2tpv3Options options, IEventLog log)
    {
        _name = options.Id;
        _log = log;
        _descriptor = TunnelSocket.Open(options, out _peer);
        try
        {
            _segmentation = new UdpSegmentation(UdpSegmentation.IsWanted(_descriptor, options), options.IPv6, () => PathMtu.Find(_descriptor, _peer), Tell);
            _sinkDescriptor = TunnelSocket.Duplicate(_descriptor);
            _coalesces = UdpOffload.IsWanted(_descriptor, UDP_GRO, "x-gro", options.ReceiveOffload, options.Udp, "UDP_GRO needs Linux 5.0");
        }
        catch
        {
            _ = close(_sinkDescriptor);
            _ = close(_descriptor);
            _peer.Dispose();
            throw;
        }

        _source = new DatagramSource(_descriptor, _peer, Counters, _coalesces);
        _sink = new DatagramSink(_descriptor, _peer, Counters, _segmentation);
    }

    public TunnelCounters Counters { get; } = new();

    public IFrameSource Source => _source;

    public IFrameSink Sink => _sink;

    public bool IsReadable { get; set; }

    public bool IsWritable
    {
        get => _watch.IsWritable;
        set => _watch.IsWritable = value;
    }

    /// <summary>How the offloads of the kernel's UDP stand, as a line for a person. Called on any thread while the worker runs.</summary>
    public string DescribeOffloads() => string.Create(
        CultureInfo.InvariantCulture,
        $"UDP_SEGMENT {_segmentation.State}: {Counters.FramesSegmented} frames in {Counters.MessagesSegmented} messages; UDP_GRO {(_coalesces ? "on" : "off")}: {Counters.DatagramsCoalesced} datagrams in {Counters.MessagesCoalesced} messages");

    /// <summary>Address and port that sent a datagram of the present batch.</summary>
    public string DescribeSender(nuint token) => _source.DescribeSender(token);

    public void Attach(IEventLoop sourceLoop, IEventLoop sinkLoop)
    {
        _loop = sourceLoop;
        sourceLoop.Add(_descriptor, Readiness.Readable, this);
        _watch.Open(sinkLoop, _sinkDescriptor);
    }

    public void WaitForFrames(bool isWaiting)
    {
        LogErrors();
        if (isWaiting == _isWaiting)
            return;
        _isWaiting = isWaiting;
        _loop!.Change(_descriptor, isWaiting ? Readiness.Readable : Readiness.None);
    }

    public void WaitForRoom(bool isWaiting)
    {
        LogErrors();
        _watch.WaitForRoom(isWaiting);
    }

    public void OnReady(Readiness readiness)
    {
        if ((readiness & Readiness.Error) != 0)
            TakeErrors();
        IsReadable |= (readiness & Readiness.Readable) != 0;
    }

    public void Dispose()
    {
        _loop?.Remove(_descriptor);
        _watch.Close();
        _ = close(_sinkDescriptor);
        _ = close(_descriptor);
        _source.Dispose();
        _sink.Dispose();
        _peer.Dispose();
    }

    private void Tell(string what) => _log.Write(EventLevel.Warning, $"{_name}: {what}");

    private unsafe void TakeErrors()
    {
        if (ErrorQueue.Drain(_descriptor, Counters) > 0)
            return;
        int error = 0;
        uint length = sizeof(int);
        if (getsockopt(_descriptor, SOL_SOCKET, SO_ERROR, &error, &length) == 0 && error != 0)
            ErrorQueue.Count(error, Counters);
    }

    /// <summary>On either thread: an error is found by whichever calls the kernel next.</summary>
    private void LogErrors()
    {
        long errors = Counters.Errors;
        if (errors == _errorsSeen)
            return;
        _errorsSeen = errors;
        if (!_errorLog.IsDue())
            return;
        string what = Counters.LastError switch
        {
            ECONNREFUSED or ENOPROTOOPT => "refuses our packets: nothing listens there yet",
            EMSGSIZE => "is behind a link with a smaller MTU; packets are fragmented",
            _ => $"cannot be reached (errno {Counters.LastError})",
        };
        _log.Write(EventLevel.Warning, $"{_name}: peer {_peer} {what}; sending goes on");
    }
}
