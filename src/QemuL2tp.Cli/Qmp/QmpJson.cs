using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using QemuL2tp.Options;

namespace QemuL2tp.Cli.Qmp;

/// <summary>What is sent to clients.</summary>
internal static class QmpJson
{
    /// <summary>What the parser lets in, an <c>id</c> may bring back.</summary>
    private static readonly JsonSerializerOptions s_plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, MaxDepth = JsonParser.DeepestNesting + 1 };

    /// <summary>One message with QMP's line end.</summary>
    public static string Line(JsonObject message) => message.ToJsonString(s_plain) + "\r\n";

    public static JsonObject Greeting()
    {
        Version version = typeof(QmpJson).Assembly.GetName().Version!;
        return new JsonObject
        {
            ["QMP"] = new JsonObject { ["version"] = Version(version), ["capabilities"] = new JsonArray() },
        };
    }

    /// <summary>Clients look for QEMU's version here; ours stands in its place, and the package says whose it is.</summary>
    public static JsonObject Version(Version version) => new()
    {
        ["qemu"] = new JsonObject { ["micro"] = version.Build, ["minor"] = version.Minor, ["major"] = version.Major },
        ["package"] = $"qemu-l2tp-{version.ToString(3)}",
    };

    public static JsonObject Event(string name, JsonObject? data)
    {
        long microseconds = (DateTimeOffset.UtcNow - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;
        var message = new JsonObject
        {
            ["timestamp"] = new JsonObject { ["seconds"] = microseconds / 1_000_000, ["microseconds"] = microseconds % 1_000_000 },
            ["event"] = name,
        };
        if (data is not null)
            message["data"] = data;
        return message;
    }

    /// <param name="error">What QEMU's clients know.</param>
    /// <param name="remedy">What to write instead, in a member of our own; null when the message says it.</param>
    public static JsonObject Error(QmpError error, string? remedy = null)
    {
        var members = new JsonObject { ["class"] = error.ErrorClass, ["desc"] = error.Message };
        if (remedy is not null)
            members["x-remedy"] = remedy;
        return new JsonObject { ["error"] = members };
    }

    /// <summary>A value that a client sent, to be sent back to it.</summary>
    public static JsonNode? Back(object? value) => value switch
    {
        null => null,
        string text => JsonValue.Create(text),
        bool boolean => JsonValue.Create(boolean),
        ulong number => JsonValue.Create(number),
        long number => JsonValue.Create(number),
        // JSON has no infinity, which is what is too large becomes.
        double number => JsonValue.Create(Math.Clamp(number, double.MinValue, double.MaxValue)),
        OptionList list => new JsonArray([.. list.Elements.Select(Back)]),
        OptionTree tree => new JsonObject(tree.Names.Select(name => KeyValuePair.Create(name, Back(tree.TryGet(name, out object? member) ? member : null)))),
        _ => throw new ArgumentOutOfRangeException(nameof(value), value, "no value of JSON"),
    };
}
