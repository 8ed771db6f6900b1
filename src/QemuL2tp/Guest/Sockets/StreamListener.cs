using QemuL2tp.Frames;
using QemuL2tp.Options;
using static Tmds.Linux.LibC;

namespace QemuL2tp.Guest.Sockets;

/// <summary>Listens for QEMU, for as long as the link lives.</summary>
internal sealed class StreamListener : IStreamEndpoint, IEventHandler
{
    private const int RetryMilliseconds = 100;

    private readonly int _descriptor;
    private readonly UnixSocketFile? _file;
    private readonly string _name;
    private readonly IEventLog _log;
    private IEventLoop? _loop;
    private bool _isWatched;
    private Action<int>? _connected;

    /// <exception cref="UserErrorException">The address cannot be used.</exception>
    public StreamListener(FrontendOptions options, string name, IEventLog log)
    {
        _name = name;
        _log = log;
        switch (options.Address)
        {
            case UnixFrontendAddress unix:
                StreamAddress bytes = StreamAddress.From(unix);
                Description = bytes.Description;
                if (!unix.Abstract)
                    UnixSocketFile.ClearStale(unix, bytes, SOCK_STREAM);
                _descriptor = StreamSocket.Listen(bytes);
                _file = unix.Abstract ? null : UnixSocketFile.Own(unix.Path);
                break;
            case InetFrontendAddress inet:
                StreamAddress endPoint = StreamAddress.From(inet);
                Description = endPoint.Description;
                _descriptor = StreamSocket.Listen(endPoint);
                break;
            case FdFrontendAddress fd:
                StreamSocket.Inherit(fd.Descriptor, isListening: true, options.NeedsUnixSocket);
                Description = $"descriptor {fd.Descriptor}";
                _descriptor = fd.Descriptor;
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(options), options.Address, "unknown kind of address");
        }
    }

    public string Description { get; }

    public void Attach(IEventLoop loop, Action<int> connected)
    {
        _loop = loop;
        _connected = connected;
        Watch();
    }

    public bool Next() => true;

    public void OnReady(Readiness readiness)
    {
        int descriptor = StreamSocket.Accept(_descriptor);
        if (descriptor >= 0)
        {
            _connected!(descriptor);
        }
        else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)
        {
            // The connection stays in the backlog and would be reported without end.
            Unwatch();
            _loop!.SetTimer(this, RetryMilliseconds);
        }
        else if (errno == EINVAL || (readiness & Readiness.HangUp) != 0)
        {
            // Whoever else has the socket has shut it down, which would be reported without end too.
            Unwatch();
            _log.Write(EventLevel.Error, $"{_name}: {Description} no longer listens: another process has shut the socket down; no QEMU can connect any more");
        }
    }

    public void OnTimer() => Watch();

    public void Dispose()
    {
        _file?.Remove();
        _loop?.ClearTimer(this);
        Unwatch();
        _ = close(_descriptor);
    }

    private void Watch()
    {
        _loop!.Add(_descriptor, Readiness.Readable, this);
        _isWatched = true;
    }

    private void Unwatch()
    {
        if (_isWatched)
            _loop!.Remove(_descriptor);
        _isWatched = false;
    }
}
