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
    private IEventLoop? _loop;
    private Action<int>? _connected;

    /// <exception cref="UserErrorException">The address cannot be used.</exception>
    public StreamListener(FrontendOptions options)
    {
        switch (options.Address)
        {
            case UnixFrontendAddress unix:
                StreamAddress bytes = StreamAddress.From(unix);
                Description = bytes.Description;
                if (!unix.Abstract)
                    UnixSocketFile.ClearStale(unix, bytes);
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
        loop.Add(_descriptor, Readiness.Readable, this);
    }

    public bool Next() => true;

    public void OnReady(Readiness readiness)
    {
        int descriptor = StreamSocket.Accept(_descriptor);
        if (descriptor >= 0)
        {
            _connected!(descriptor);
        }
        else if (errno is EMFILE or ENFILE or ENOBUFS or ENOMEM)
        {
            // The connection stays in the backlog and would be reported without end.
            _loop!.Change(_descriptor, Readiness.None);
            _loop.SetTimer(this, RetryMilliseconds);
        }
    }

    public void OnTimer() => _loop!.Change(_descriptor, Readiness.Readable);

    public void Dispose()
    {
        _file?.Remove();
        _loop?.ClearTimer(this);
        _loop?.Remove(_descriptor);
        _ = close(_descriptor);
    }
}
