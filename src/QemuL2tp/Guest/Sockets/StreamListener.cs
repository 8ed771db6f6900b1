using System.Net;
using QemuL2tp.EventLoop;
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
    private bool _isHeld;
    private Func<bool>? _mayCome;
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
                _descriptor = ListenAtFirst(inet);
                EndPoint = StreamSocket.EndPoint(_descriptor);
                Description = StreamAddress.Describe(inet, EndPoint.ToString());
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

    /// <summary>Address and port of an inet address, with what the kernel has chosen; else null.</summary>
    public IPEndPoint? EndPoint { get; }

    public void Attach(IEventLoop loop, Func<bool> mayCome, Action<int> connected)
    {
        _loop = loop;
        _mayCome = mayCome;
        _connected = connected;
        Watch();
    }

    public bool Next()
    {
        if (_isHeld)
            Watch();
        _isHeld = false;
        return true;
    }

    public void OnReady(Readiness readiness)
    {
        if (!_mayCome!())
        {
            Unwatch();
            _isHeld = true;
            return;
        }

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

    /// <summary>As in QEMU: at the first address of a name that can be had.</summary>
    private static int ListenAtFirst(InetFrontendAddress inet)
    {
        bool isDual = inet.IPv4 == inet.IPv6;
        UserErrorException? first = null;
        foreach (StreamAddress address in StreamAddress.From(inet))
        {
            try
            {
                return StreamSocket.Listen(address, isDual: isDual);
            }
            catch (UserErrorException e)
            {
                first ??= new UserErrorException(e.Problem, e.Remedy) { Option = e.Option, Value = e.Option == "addr.port" ? inet.Port : inet.Host };
            }
        }

        throw first!;
    }
}
