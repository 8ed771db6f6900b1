using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace QemuL2tp.Integration.Peers;

/// <summary>A connection to QEMU's machine protocol, or to our control socket: one command at a time.</summary>
internal sealed class Qmp : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified) { ReceiveTimeout = Until.PatienceMilliseconds };
    private readonly StreamReader _lines;
    private readonly List<JsonElement> _events = [];

    /// <param name="path">The socket that QEMU listens on.</param>
    public Qmp(string path)
    {
        _socket.Connect(new UnixDomainSocketEndPoint(path));
        _lines = new StreamReader(new NetworkStream(_socket));
        _lines.ReadLine(); // the greeting
        Execute("qmp_capabilities");
    }

    /// <summary>Null while nobody listens there: a socket that is bound has its path before that.</summary>
    public static Qmp? TryConnect(string path)
    {
        try
        {
            return new Qmp(path);
        }
        catch (SocketException)
        {
            return null;
        }
    }

    /// <summary>Answers what the command returns; an error of QEMU is thrown.</summary>
    public JsonElement Execute(string command, object? arguments = null)
    {
        string text = JsonSerializer.Serialize(new Dictionary<string, object?> { ["execute"] = command, ["arguments"] = arguments ?? new { } });
        _socket.Send(Encoding.UTF8.GetBytes(text));
        while (_lines.ReadLine() is { } line)
        {
            JsonElement answer = JsonDocument.Parse(line).RootElement;
            if (answer.TryGetProperty("return", out JsonElement result))
            {
                return result;
            }

            if (answer.TryGetProperty("error", out JsonElement error))
            {
                throw new InvalidOperationException($"QEMU refused `{text}`: {error}");
            }

            _events.Add(answer);
        }

        throw new InvalidOperationException($"QEMU hung up on `{text}`");
    }

    /// <summary>Waits for an event with this name and netdev, and forgets those before it.</summary>
    public JsonElement WaitForEvent(string name, string netdev)
    {
        for (; ; )
        {
            if (_events.Count == 0)
            {
                _events.Add(JsonDocument.Parse(_lines.ReadLine() ?? throw new InvalidOperationException($"QEMU hung up before {name}")).RootElement);
            }

            JsonElement next = _events[0];
            _events.RemoveAt(0);
            if (next.GetProperty("event").GetString() == name && next.GetProperty("data").GetProperty("netdev-id").GetString() == netdev)
            {
                return next;
            }
        }
    }

    public void Dispose()
    {
        _lines.Dispose();
        _socket.Dispose();
    }
}
