using QemuL2tp.Frames;
using QemuL2tp.Options;
using static Tmds.Linux.LibC;

namespace QemuL2tp.Guest.Sockets;

/// <summary>Connects to a QEMU that listens (<c>server=on</c>), and again after each failure and each end.</summary>
internal sealed class StreamConnector : IStreamEndpoint, IEventHandler
{
    private readonly StreamAddress _address;
    private readonly int _reconnectMilliseconds;
    private readonly IEventLog _log;
    private readonly string _name;
    private IEventLoop? _loop;
    private Action<int>? _connected;
    private int _connecting = -1;
    private int _lastError;

    /// <exception cref="UserErrorException">The address cannot be used.</exception>
    public StreamConnector(FrontendOptions options, string name, IEventLog log)
    {
        _address = options.Address switch
        {
            UnixFrontendAddress unix => StreamAddress.From(unix),
            InetFrontendAddress inet => StreamAddress.From(inet),
            _ => throw new ArgumentOutOfRangeException(nameof(options), options, "unknown kind of address"),
        };
        _reconnectMilliseconds = options.ReconnectMilliseconds;
        _name = name;
        _log = log;
    }

    public string Description => _address.Description;

    public void Attach(IEventLoop loop, Action<int> connected)
    {
        _loop = loop;
        _connected = connected;
        OnTimer();
    }

    public bool Next()
    {
        _loop!.SetTimer(this, _reconnectMilliseconds);
        return true;
    }

    public void OnTimer()
    {
        int descriptor = StreamSocket.TryCreate(_address.Family, SOCK_STREAM);
        int error = descriptor < 0 ? errno : StreamSocket.Connect(descriptor, _address);
        if (error != 0)
        {
            Retry(descriptor, error);
            return;
        }

        _connecting = descriptor;
        _loop!.Add(descriptor, Readiness.Writable, this);
    }

    public void OnReady(Readiness readiness)
    {
        int descriptor = _connecting;
        _connecting = -1;
        _loop!.Remove(descriptor);
        int error = StreamSocket.ConnectResult(descriptor);
        if (error != 0)
        {
            Retry(descriptor, error);
            return;
        }

        _lastError = 0;
        _connected!(descriptor);
    }

    public void Dispose()
    {
        _loop?.ClearTimer(this);
        if (_connecting >= 0)
        {
            _loop?.Remove(_connecting);
            _ = close(_connecting);
        }
    }

    private void Retry(int descriptor, int error)
    {
        if (descriptor >= 0)
            _ = close(descriptor);
        if (error != _lastError)
            _log.Write(EventLevel.Info, $"{_name}: waiting for QEMU to listen at {Description} (errno {error})");
        _lastError = error;
        _loop!.SetTimer(this, _reconnectMilliseconds);
    }
}
