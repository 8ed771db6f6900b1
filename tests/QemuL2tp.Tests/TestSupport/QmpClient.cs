using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;

namespace QemuL2tp.Tests.TestSupport;

/// <summary>A client of QMP, written from docs/interop/qmp-spec.rst: JSON values with line ends, events in between.</summary>
internal sealed class QmpClient : IDisposable
{
    private readonly StreamReader _lines;

    /// <param name="path">Of the server's socket.</param>
    /// <param name="negotiate">Whether to leave the negotiation mode at once.</param>
    public QmpClient(string path, bool negotiate = true)
    {
        // Its file is there a moment before the server listens.
        Until.True(() => TryConnect(path), () => $"somebody listens on {path}");
        _lines = new StreamReader(new NetworkStream(Socket));
        Greeting = JsonNode.Parse(ReadLine()!)!;
        if (negotiate)
            Assert.That(Send("{'execute':'qmp_capabilities'}").ToJsonString(), Is.EqualTo("""{"return":{}}"""));
    }

    public Socket Socket { get; } = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified) { ReceiveTimeout = Loopback.PatienceMilliseconds };

    public JsonNode Greeting { get; }

    /// <summary>Those that came in front of an answer, and were not taken yet.</summary>
    public Queue<JsonNode> Events { get; } = new();

    private bool TryConnect(string path)
    {
        try
        {
            Socket.Connect(new UnixDomainSocketEndPoint(path));
            return true;
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionRefused)
        {
            return false;
        }
    }

    /// <summary>Sends text as it is.</summary>
    public void SendRaw(string text) => SendRaw(Encoding.UTF8.GetBytes(text));

    /// <inheritdoc cref="SendRaw(string)"/>
    public void SendRaw(byte[] bytes) => Socket.Send(bytes);

    /// <summary>Sends text and waits for what is no event.</summary>
    public JsonNode Send(string text)
    {
        SendRaw(text);
        return ReadAnswer();
    }

    public JsonNode Execute(string command, JsonObject? arguments = null)
    {
        var request = new JsonObject { ["execute"] = command };
        if (arguments is not null)
            request["arguments"] = arguments;
        return Send(request.ToJsonString());
    }

    public JsonNode ReadAnswer()
    {
        for (; ; )
        {
            JsonNode message = JsonNode.Parse(ReadLine() ?? throw new AssertionException("hung up"))!;
            if (message["event"] is null)
                return message;
            Events.Enqueue(message);
        }
    }

    /// <summary>The next event's name and data as text.</summary>
    public string ReadEvent()
    {
        JsonNode message = Events.Count > 0 ? Events.Dequeue() : JsonNode.Parse(ReadLine() ?? throw new AssertionException("hung up"))!;
        Assert.That(message["event"], Is.Not.Null, message.ToJsonString());
        return $"{message["event"]} {message["data"]?.ToJsonString()}";
    }

    /// <returns>Null when the server has hung up.</returns>
    public string? ReadLine()
    {
        try
        {
            return _lines.ReadLine();
        }
        catch (IOException e) when (e.InnerException is SocketException { SocketErrorCode: SocketError.ConnectionReset })
        {
            return null;
        }
    }

    public void Dispose()
    {
        _lines.Dispose();
        Socket.Dispose();
    }
}
