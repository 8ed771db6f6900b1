using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using QemuL2tp.Options;

namespace QemuL2tp.Cli.Qmp;

/// <summary>One client of the control socket: greeting, negotiation, commands one after the other, events in between.</summary>
internal sealed class QmpSession(Socket socket, QmpCommands commands) : IDisposable
{
    /// <summary>The command that must come first.</summary>
    public const string Negotiation = "qmp_capabilities";

    /// <summary>
    /// Events that wait for a client that does not read; one more and it is disconnected. Of answers there is never more than one,
    /// for the next command is read when the last answer is on its way.
    /// </summary>
    private const int MaxUnread = 1024;

    private const int MaxFinishMilliseconds = 100;

    private readonly Channel<(string Line, TaskCompletionSource? Sent)> _outgoing = Channel.CreateBounded<(string, TaskCompletionSource?)>(MaxUnread);
    private readonly CancellationTokenSource _end = new();
    private readonly QmpFramer _framer = new();
    private Task _writing = Task.CompletedTask;
    private volatile bool _isNegotiated;

    /// <summary>Serves the client until it goes, or must go.</summary>
    public async Task RunAsync()
    {
        Send(QmpJson.Greeting());
        _writing = WriteAsync();
        try
        {
            await ReadAsync();
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException)
        {
            // The client is gone, or was too slow.
        }

        _ = _outgoing.Writer.TryComplete();
        await _writing;
    }

    /// <summary>Lets what was sent reach the client before the process ends, if it reads at all.</summary>
    public void Finish()
    {
        _ = _outgoing.Writer.TryComplete();
        _ = _writing.Wait(MaxFinishMilliseconds);
    }

    /// <summary>Sends an event to a client that has negotiated. On any thread, without waiting.</summary>
    public void SendEvent(JsonObject message)
    {
        if (_isNegotiated)
            Send(message);
    }

    public void Dispose()
    {
        socket.Dispose();
        _end.Dispose();
    }

    private async Task ReadAsync()
    {
        byte[] buffer = new byte[4096];
        for (; ; )
        {
            int length = await socket.ReceiveAsync(buffer, _end.Token);
            if (length == 0)
                return;
            for (int i = 0; i < length; i++)
            {
                if (await TakeAsync(buffer[i]) is not { } answer)
                    continue;
                await SendAnswerAsync(answer);
                if (answer.IsLast)
                    return;
            }
        }
    }

    /// <returns>The answer to the value that ends with this byte, null when none does.</returns>
    private async ValueTask<QmpAnswer?> TakeAsync(byte b)
    {
        try
        {
            return _framer.Take(b, out string text) ? await AnswerAsync(text) : null;
        }
        catch (QmpError e)
        {
            return new QmpAnswer(QmpJson.Error(e), Done: null, IsLast: true);
        }
        catch (UserErrorException e)
        {
            return new QmpAnswer(QmpJson.Error(QmpError.Generic(e.Problem), e.RemedyLine), Done: null);
        }
    }

    private async Task<QmpAnswer> AnswerAsync(string text)
    {
        string? done = null;
        JsonObject answer;
        (object? Value, bool IsThere) id = default;
        try
        {
            OptionTree tree = JsonParser.ParseFirst(text, out _) as OptionTree ?? throw QmpError.Generic("QMP input must be a JSON object");
            id = QmpRequest.IdOf(tree);
            var request = QmpRequest.From(tree);
            answer = new JsonObject { ["return"] = request.Command == Negotiation ? Negotiate(request) : await RunAsync(request) };
            done = request.Command;
        }
        catch (QmpError e)
        {
            answer = QmpJson.Error(e);
        }
        catch (UserErrorException e)
        {
            answer = QmpJson.Error(QmpError.Generic(e.Problem), e.RemedyLine);
        }

        if (id.IsThere)
            answer["id"] = QmpJson.Back(id.Value);
        return new QmpAnswer(answer, done);
    }

    private Task<JsonNode> RunAsync(QmpRequest request) => _isNegotiated
        ? commands.RunAsync(request.Command, request.Arguments)
        : throw new QmpError("CommandNotFound", "Expecting capabilities negotiation with 'qmp_capabilities'");

    private JsonObject Negotiate(QmpRequest request)
    {
        if (request.Arguments.Names.FirstOrDefault(name => name != "enable") is { } unexpected)
            throw QmpError.Generic($"Parameter '{unexpected}' is unexpected");
        object? enable = request.Arguments.TryGet("enable", out object? given) ? given : new OptionList([]);
        if (enable is not OptionList capabilities)
            throw QmpError.Generic("Invalid parameter type for 'enable', expected: array");
        if (_isNegotiated)
            throw new QmpError("CommandNotFound", "Capabilities negotiation is already complete, command ignored");
        if (capabilities.Elements.Count > 0)
            throw QmpError.Generic("Capability not available: none is offered");
        _isNegotiated = true;
        return [];
    }

    private async Task SendAnswerAsync(QmpAnswer answer)
    {
        TaskCompletionSource sent = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Send(answer.Message, sent);
        if (answer.Done is not null)
            commands.AfterAnswer(answer.Done);
        await sent.Task.WaitAsync(_end.Token);
    }

    private void Send(JsonObject message, TaskCompletionSource? sent = null)
    {
        if (!_outgoing.Writer.TryWrite((QmpJson.Line(message), sent)))
            _end.Cancel();
    }

    private async Task WriteAsync()
    {
        try
        {
            await foreach ((string line, TaskCompletionSource? done) in _outgoing.Reader.ReadAllAsync())
            {
                byte[] bytes = Encoding.UTF8.GetBytes(line);
                for (int sent = 0; sent < bytes.Length;)
                    sent += await socket.SendAsync(bytes.AsMemory(sent), _end.Token);
                done?.SetResult();
            }
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException)
        {
            await _end.CancelAsync();
        }
    }

    /// <param name="Message">For the client.</param>
    /// <param name="Done">The command that was run, null when none was.</param>
    /// <param name="IsLast">Whether the connection cannot go on.</param>
    private sealed record QmpAnswer(JsonObject Message, string? Done, bool IsLast = false);
}
