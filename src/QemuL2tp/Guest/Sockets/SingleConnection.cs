using QemuL2tp.EventLoop;
using QemuL2tp.Frames;
using QemuL2tp.Options;
using static Tmds.Linux.LibC;

namespace QemuL2tp.Guest.Sockets;

/// <summary>
/// At most one connection to QEMU at a time, any number one after the other. One more is closed at once, unless the other end of
/// the first is gone: then it waits until the port has read the first to its end. The port owns the descriptor of the
/// connection that stands.
/// </summary>
internal sealed class SingleConnection : IDisposable
{
    private readonly IStreamEndpoint _endpoint;
    private readonly string _name;
    private readonly IEventLog _log;
    private readonly TcpKeepAlive _keepAlive;
    private readonly TcpWatch _watch;
    private IEventLoop? _loop;
    private Action<int>? _opened;
    private Action? _gone;
    private int _descriptor = -1;

    /// <summary>Opens the listening socket, if it is to listen.</summary>
    /// <param name="options">Our side of the connection.</param>
    /// <param name="name">Name of the netdev, for the log.</param>
    /// <param name="log">Where connections are told of.</param>
    /// <exception cref="UserErrorException">The address cannot be used.</exception>
    public SingleConnection(FrontendOptions options, string name, IEventLog log)
    {
        _name = name;
        _log = log;
        _keepAlive = options.Address is InetFrontendAddress inet ? inet.KeepAlive : TcpKeepAlive.Default;
        _watch = new TcpWatch(OnSilent);
        _endpoint = options switch
        {
            { Server: true } => new StreamListener(options, name, log),
            { Address: FdFrontendAddress fd } => new InheritedConnection(fd, options.NeedsUnixSocket),
            _ => new StreamConnector(options, name, log),
        };
        if (ListeningPort is not null)
            log.Write(EventLevel.Info, $"{name}: listening at {Description}");
    }

    /// <summary>Connections so far.</summary>
    public long Count { get; private set; }

    /// <summary>Connections closed at once because another one stood.</summary>
    public long Refused { get; private set; }

    public bool IsOpen => _descriptor >= 0;

    /// <inheritdoc cref="IGuestPort.ListeningPort"/>
    public int? ListeningPort => (_endpoint as StreamListener)?.EndPoint?.Port;

    /// <summary>What a person would call the place.</summary>
    public string Description => _endpoint.Description;

    /// <summary>Starts to listen or to connect.</summary>
    /// <param name="loop">What watches the sockets.</param>
    /// <param name="opened">Given the descriptor of each new connection, tuned and non-blocking.</param>
    /// <param name="gone">The other end of the present connection is gone and a new one waits: the port must end it, when it has read what there is.</param>
    public void Attach(IEventLoop loop, Action<int> opened, Action gone)
    {
        _loop = loop;
        _opened = opened;
        _gone = gone;
        _endpoint.Attach(loop, MayCome, OnConnected);
    }

    /// <summary>The connection is broken and is going to be ended: tells why, if it is for want of an answer.</summary>
    public void OnBroken()
    {
        if (StreamSocket.ConnectResult(_descriptor) == ETIMEDOUT)
            TellSilence();
    }

    /// <summary>The port has closed the descriptor; the next connection may come.</summary>
    /// <returns>False when there can be no other.</returns>
    public bool End()
    {
        _watch.Stop();
        _descriptor = -1;
        return _endpoint.Next();
    }

    public void Dispose()
    {
        _watch.Stop();
        _endpoint.Dispose();
    }

    /// <summary>A QEMU that was killed and started again may be here before the end of its old connection was read.</summary>
    private bool MayCome()
    {
        if (IsOpen && StreamSocket.IsPeerGone(_descriptor))
        {
            _gone!();
            return !IsOpen;
        }

        return true;
    }

    private void OnConnected(int descriptor)
    {
        if (IsOpen)
        {
            _ = close(descriptor);
            Refused++;
            _log.Write(EventLevel.Warning, $"{_name}: refused a second connection at {Description}: one QEMU at a time; end the first or give each its own --frontend");
            return;
        }

        StreamSocket.Tune(descriptor);
        _watch.Start(_loop!, descriptor, _keepAlive);
        _descriptor = descriptor;
        Count++;
        _log.Write(EventLevel.Info, $"{_name}: QEMU connected at {Description}");
        _opened!(descriptor);
    }

    /// <summary>As if the other end had closed the connection.</summary>
    private void OnSilent()
    {
        TellSilence();
        _ = shutdown(_descriptor, SHUT_RDWR);
    }

    private void TellSilence() =>
        _log.Write(EventLevel.Warning, $"{_name}: QEMU's machine at {Description} has not answered for {_keepAlive.PatienceSeconds} s: the connection is given up (addr.keep-alive)");
}
