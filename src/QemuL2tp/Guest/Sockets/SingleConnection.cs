using QemuL2tp.Frames;
using QemuL2tp.Options;
using static Tmds.Linux.LibC;

namespace QemuL2tp.Guest.Sockets;

/// <summary>
/// At most one connection to QEMU at a time, any number one after the other. One more is closed at once, unless the first
/// is found dead. The port owns the descriptor of the connection that stands.
/// </summary>
internal sealed class SingleConnection : IDisposable
{
    private readonly IStreamEndpoint _endpoint;
    private readonly string _name;
    private readonly IEventLog _log;
    private Action<int>? _opened;
    private Action? _died;
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
        _endpoint = options switch
        {
            { Server: true } => new StreamListener(options, name, log),
            { Address: FdFrontendAddress fd } => new InheritedConnection(fd, options.NeedsUnixSocket),
            _ => new StreamConnector(options, name, log),
        };
    }

    /// <summary>Connections so far.</summary>
    public long Count { get; private set; }

    /// <summary>Connections closed at once because another one stood.</summary>
    public long Refused { get; private set; }

    public bool IsOpen => _descriptor >= 0;

    /// <summary>What a person would call the place.</summary>
    public string Description => _endpoint.Description;

    /// <summary>Starts to listen or to connect.</summary>
    /// <param name="loop">What watches the sockets.</param>
    /// <param name="opened">Given the descriptor of each new connection, tuned and non-blocking.</param>
    /// <param name="died">The present connection is dead and in the way of a new one: the port must end it now.</param>
    public void Attach(IEventLoop loop, Action<int> opened, Action died)
    {
        _opened = opened;
        _died = died;
        _endpoint.Attach(loop, OnConnected);
    }

    /// <summary>The port has closed the descriptor; the next connection may come.</summary>
    /// <returns>False when there can be no other.</returns>
    public bool End()
    {
        _descriptor = -1;
        return _endpoint.Next();
    }

    public void Dispose() => _endpoint.Dispose();

    private void OnConnected(int descriptor)
    {
        // A QEMU that was killed and started again may be here before the end of its old connection was read.
        if (IsOpen && StreamSocket.IsPeerGone(_descriptor))
            _died!();
        if (IsOpen)
        {
            _ = close(descriptor);
            Refused++;
            _log.Write(EventLevel.Warning, $"{_name}: refused a second connection at {Description}: one QEMU at a time; end the first or give each its own --frontend");
            return;
        }

        StreamSocket.Tune(descriptor);
        _descriptor = descriptor;
        Count++;
        _log.Write(EventLevel.Info, $"{_name}: QEMU connected at {Description}");
        _opened!(descriptor);
    }
}
