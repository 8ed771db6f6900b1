using System.Runtime.InteropServices;
using QemuL2tp.EventLoop;
using QemuL2tp.Frames;
using static Tmds.Linux.LibC;

namespace QemuL2tp.Guest.VhostUser.Protocol;

/// <summary>
/// One connection of a front end: reads its messages, does what they ask of the device, answers. Never blocks; a front end
/// that breaks the protocol, or goes away, ends it.
/// </summary>
internal sealed class FrontEndConnection : IEventHandler, IDisposable
{
    /// <summary>Messages at a time; then frames have their turn.</summary>
    private const int MaxMessages = 64;

    private readonly VhostUserDevice _device;
    private readonly FrontEndSession _session;
    private readonly IEventLog _log;
    private readonly string _name;
    private readonly Action<string?> _ended;
    private readonly MessageReader _reader = new();

    /// <summary>Told once in a connection: a front end may repeat what is refused as fast as it can.</summary>
    private readonly HashSet<Request> _refused = [];
    private IEventLoop? _loop;
    private IEventLoop? _sinkLoop;
    private int _descriptor;
    private bool _isOver;

    /// <param name="descriptor">A connected unix stream socket; owned.</param>
    /// <param name="device">What the messages are about; to be reset by the caller when the connection has ended.</param>
    /// <param name="log">Where things are told to a person.</param>
    /// <param name="name">Name of the netdev, for the log.</param>
    /// <param name="ended">
    /// Called once when the connection is over, with the fault in words, or null when the front end closed it. The socket is
    /// closed after it, so that QEMU sees the end when rings and memory are let go of.
    /// </param>
    public FrontEndConnection(int descriptor, VhostUserDevice device, IEventLog log, string name, Action<string?> ended)
    {
        _descriptor = descriptor;
        _device = device;
        _session = new FrontEndSession(device);
        _log = log;
        _name = name;
        _ended = ended;
    }

    /// <summary>Starts to watch the socket.</summary>
    /// <param name="loop">Serves the socket and the device's source.</param>
    /// <param name="sinkLoop">Rests while messages are handled.</param>
    public void Attach(IEventLoop loop, IEventLoop sinkLoop)
    {
        _loop = loop;
        _sinkLoop = sinkLoop;
        loop.Add(_descriptor, Readiness.Readable, this);
    }

    /// <summary>Has the front end closed the connection, as far as this end can tell; from any thread.</summary>
    public void HangUp() => _ = shutdown(_descriptor, SHUT_RDWR);

    public void OnReady(Readiness readiness)
    {
        using var pause = new LoopPause(_sinkLoop);
        for (int i = 0; i < MaxMessages && !_isOver; i++)
        {
            switch (_reader.Read(_descriptor))
            {
                case ReadResult.Complete:
                    Handle(_reader.Message);
                    break;
                case ReadResult.Closed:
                    End(null);
                    break;
                case ReadResult.Broken:
                    End(_reader.Fault);
                    break;
                default:
                    return;
            }
        }
    }

    /// <summary>Stops watching and closes the socket and every descriptor that was not handed on.</summary>
    public void Dispose()
    {
        _isOver = true;
        _reader.Dispose();
        if (_descriptor < 0)
            return;
        _loop?.Remove(_descriptor);
        _ = close(_descriptor);
        _descriptor = -1;
    }

    private void Handle(Message message)
    {
        RequestRule? rule = RequestRules.Find(message.Header.Request);
        string description = message.Describe(rule);
        _log.Write(EventLevel.Debug, $"{_name}: vhost-user: {description}");
        Outcome outcome = rule is null ? Outcome.From("this request is not known") : _session.Handle(rule, message);
        // A message may have negotiated it just now.
        bool isAsked = message.Header.NeedsReply && (_device.ProtocolFeatures & Features.ProtocolReplyAck) != 0;
        switch (outcome.Kind)
        {
            case OutcomeKind.Done when isAsked:
            case OutcomeKind.Answered:
                Reply(message.Header.Request, outcome.Value);
                break;
            case OutcomeKind.Refused when !isAsked && rule?.Refusal == Refusal.Ends:
            case OutcomeKind.Broken:
                End($"{description}: {outcome.Reason}");
                break;
            case OutcomeKind.Refused:
                // Those not known count as one.
                EventLevel level = _refused.Add(rule?.Request ?? 0) ? EventLevel.Warning : EventLevel.Debug;
                _log.Write(level, $"{_name}: refused {description}: {outcome.Reason}");
                if (isAsked)
                    Reply(message.Header.Request, 1);
                break;
            default:
                break;
        }
    }

    private void Reply(Request request, ulong value)
    {
        if (_isOver)
            return;
        int error = MessageWriter.Write(_descriptor, request, value);
        if (error == EPIPE || error == ECONNRESET)
            End(null);
        else if (error != 0)
            End(error == EAGAIN ? "the front end does not read the answers to its messages" : $"answering failed: {Marshal.GetPInvokeErrorMessage(error)}");
    }

    private void End(string? fault)
    {
        if (_isOver)
            return;
        _isOver = true;
        _ended(fault);
        Dispose();
    }
}
