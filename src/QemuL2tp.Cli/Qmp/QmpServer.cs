using System.Net.Sockets;
using System.Text.Json.Nodes;
using QemuL2tp.Frames;
using QemuL2tp.Guest.Sockets;
using QemuL2tp.Hosting;
using QemuL2tp.Options;
using Tmds.Linux;

namespace QemuL2tp.Cli.Qmp;

/// <summary>
/// The control socket, which speaks QMP (QEMU, docs/interop/qmp-spec.rst): a unix socket with mode 0600 for some clients at
/// once.
/// </summary>
internal sealed class QmpServer : IDisposable
{
    private const int MaxClients = 8;
    private const int RetryMilliseconds = 100;

    private readonly Lock _lock = new();
    private readonly List<QmpSession> _sessions = [];
    private readonly QmpCommands _commands;
    private readonly IEventLog _log;
    private readonly UnixSocketFile _file;
    private readonly Socket _listener;

    /// <summary>Listens; nobody is served before <see cref="Start"/>.</summary>
    /// <param name="text">The text of <c>--qmp</c>.</param>
    /// <param name="control">What commands act on.</param>
    /// <param name="log">Told of clients that are turned away, and what they ask for that is doubtful.</param>
    /// <exception cref="UserErrorException">The text is wrong, or its address cannot be used.</exception>
    public QmpServer(string text, IPseudowireControl control, IEventLog log)
    {
        _commands = new QmpCommands(control, log);
        _log = log;
        UnixFrontendAddress address = QmpAddress.Parse(text);
        StreamAddress bytes = StreamAddress.From(address);
        try
        {
            UnixSocketFile.ClearStale(address, bytes, LibC.SOCK_STREAM);
            _listener = new Socket(new SafeSocketHandle(StreamSocket.Listen(bytes, UnixFileMode.UserRead | UnixFileMode.UserWrite), ownsHandle: true));
        }
        catch (UserErrorException e)
        {
            throw QmpAddress.About(text, e);
        }

        _file = UnixSocketFile.Own(address.Path);
    }

    /// <summary>Finds what would keep the server from listening, and does not listen.</summary>
    /// <param name="text">The text of <c>--qmp</c>.</param>
    /// <exception cref="UserErrorException">The text is wrong, or its address could not be used.</exception>
    public static void Require(string text)
    {
        UnixFrontendAddress address = QmpAddress.Parse(text);
        try
        {
            _ = UnixSocketFile.IsStale(address, StreamAddress.From(address), LibC.SOCK_STREAM);
            if (FilePlace.FindError(address.Path) is not 0 and var error)
                throw StreamSocket.NotBound(address.Path, error);
        }
        catch (UserErrorException e)
        {
            throw QmpAddress.About(text, e);
        }
    }

    /// <summary>How many are connected.</summary>
    public int Clients
    {
        get
        {
            lock (_lock)
                return _sessions.Count;
        }
    }

    public void Start() => _ = Task.Run(AcceptAsync);

    /// <summary>Tells every client. On any thread, without waiting.</summary>
    public void SendEvent(string name, JsonObject? data = null)
    {
        lock (_lock)
        {
            foreach (QmpSession session in _sessions)
                session.SendEvent(QmpJson.Event(name, data?.DeepClone().AsObject()));
        }
    }

    public void Dispose()
    {
        _file.Remove();
        _listener.Dispose();
        lock (_lock)
        {
            foreach (QmpSession session in _sessions)
            {
                session.Finish();
                session.Dispose();
            }

            _sessions.Clear();
        }
    }

    private async Task AcceptAsync()
    {
        for (; ; )
        {
            try
            {
                _ = ServeAsync(await _listener.AcceptAsync());
            }
            catch (SocketException e) when (e.SocketErrorCode is not (SocketError.OperationAborted or SocketError.Interrupted))
            {
                // No descriptor is free: the client waits.
                await Task.Delay(RetryMilliseconds);
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                return; // Closed at the end.
            }
        }
    }

    private async Task ServeAsync(Socket client)
    {
        using var session = new QmpSession(client, _commands);
        lock (_lock)
        {
            if (_sessions.Count == MaxClients)
            {
                _log.Write(EventLevel.Warning, $"--qmp: refused a client: there are {MaxClients} already");
                return;
            }

            _sessions.Add(session);
        }

        try
        {
            await session.RunAsync();
        }
        catch (ObjectDisposedException)
        {
            // The process ends.
        }
        finally
        {
            lock (_lock)
                _ = _sessions.Remove(session);
        }
    }
}
