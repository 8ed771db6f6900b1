using QemuL2tp.EventLoop;
using QemuL2tp.Frames;
using QemuL2tp.Options;
using static Tmds.Linux.LibC;

namespace QemuL2tp.Guest.Sockets;

/// <summary>
/// Connects to a QEMU that listens (<c>server=on</c>), and again after each failure and each end. Where a name stands for several
/// addresses each is tried in turn.
/// </summary>
internal sealed class StreamConnector : IStreamEndpoint, IEventHandler
{
    /// <summary>Without an answer for so long, the next address has its turn.</summary>
    private const int AttemptMilliseconds = 10_000;

    private readonly StreamAddress[] _addresses;
    private readonly int[] _errors;
    private readonly InetFrontendAddress? _inet;
    private readonly int _reconnectMilliseconds;
    private readonly IEventLog _log;
    private readonly string _name;
    private IEventLoop? _loop;
    private Action<int>? _connected;
    private int _current;
    private int _taken;
    private int _connecting = -1;
    private bool _isNews;

    /// <exception cref="UserErrorException">The address cannot be used.</exception>
    public StreamConnector(FrontendOptions options, string name, IEventLog log)
    {
        _inet = options.Address as InetFrontendAddress;
        _addresses = options.Address switch
        {
            UnixFrontendAddress unix => [StreamAddress.From(unix)],
            InetFrontendAddress inet => StreamAddress.From(inet),
            _ => throw new ArgumentOutOfRangeException(nameof(options), options, "unknown kind of address"),
        };
        _errors = new int[_addresses.Length];
        _reconnectMilliseconds = options.ReconnectMilliseconds;
        _name = name;
        _log = log;
    }

    public string Description => _inet is null ? _addresses[0].Description : StreamAddress.Describe(_inet, _addresses[_taken].Description);

    public void Attach(IEventLoop loop, Func<bool> mayCome, Action<int> connected)
    {
        _loop = loop;
        _connected = connected;
        Try();
    }

    public bool Next()
    {
        _loop!.SetTimer(this, _reconnectMilliseconds);
        return true;
    }

    public void OnTimer()
    {
        if (_connecting >= 0)
        {
            OnResult(ETIMEDOUT);
            return;
        }

        _current = 0;
        Try();
    }

    public void OnReady(Readiness readiness) => OnResult(StreamSocket.ConnectResult(_connecting));

    public void Dispose()
    {
        _loop?.ClearTimer(this);
        if (_connecting >= 0)
        {
            _loop?.Remove(_connecting);
            _ = close(_connecting);
        }
    }

    /// <summary>Tries the addresses from the present one on, until one has to be waited for.</summary>
    private void Try()
    {
        for (; _current < _addresses.Length; _current++)
        {
            StreamAddress address = _addresses[_current];
            int descriptor = StreamSocket.TryCreate(address.Family, SOCK_STREAM);
            int error = descriptor < 0 ? errno : StreamSocket.Connect(descriptor, address);
            if (error == 0)
            {
                _connecting = descriptor;
                _loop!.Add(descriptor, Readiness.Writable, this);
                _loop.SetTimer(this, AttemptMilliseconds);
                return;
            }

            Fail(descriptor, error);
        }

        if (_isNews)
            TellErrors();
        _isNews = false;
        _ = Next();
    }

    private void OnResult(int error)
    {
        int descriptor = _connecting;
        _connecting = -1;
        _loop!.ClearTimer(this);
        _loop.Remove(descriptor);
        if (error == 0)
        {
            Array.Clear(_errors);
            _taken = _current;
            _connected!(descriptor);
            return;
        }

        Fail(descriptor, error);
        _current++;
        Try();
    }

    private void Fail(int descriptor, int error)
    {
        if (descriptor >= 0)
            _ = close(descriptor);
        _isNews |= error != _errors[_current];
        _errors[_current] = error;
    }

    /// <summary>Once for each change: what stands in the way of whom.</summary>
    private void TellErrors()
    {
        if (_inet is null)
        {
            string path = _addresses[0].Description;
            _log.Write(ConnectErrors.LevelOf(_errors[0]), $"{_name}: waiting for QEMU to listen at {path}: {ConnectErrors.Explain(_errors[0], path)}");
            return;
        }

        EventLevel level = _errors.Min(ConnectErrors.LevelOf);
        string each = string.Join(", ", _addresses.Zip(_errors, (address, error) => $"{address.Description}: {ConnectErrors.Explain(error, null)}"));
        _log.Write(level, $"{_name}: waiting for QEMU to listen at {_inet.Host}:{_inet.Port} ({each})");
    }
}
