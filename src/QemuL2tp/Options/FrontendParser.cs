namespace QemuL2tp.Options;

/// <summary>
/// Understands <c>--frontend</c>, the mirror image of what QEMU is told: <c>stream,…</c>, <c>dgram,…</c> and <c>vhost-user,…</c> in the syntax of
/// <c>-netdev stream</c> (or JSON) and <c>socket,…</c> in that of <c>-netdev socket</c>.
/// </summary>
internal static class FrontendParser
{
    internal const string TypeHelp = "stream, dgram, vhost-user or socket; the first item without a name means this";

    /// <summary>For each kind of front end its keys with their help, nested ones in full.</summary>
    public static IReadOnlyDictionary<string, IReadOnlyDictionary<string, string>> Keys { get; } = new Dictionary<string, IReadOnlyDictionary<string, string>>
    {
        ["stream"] = StreamFrontend.Help,
        ["dgram"] = DgramFrontend.Help,
        ["vhost-user"] = VhostUserFrontend.Help,
        ["socket"] = SocketFrontend.Help,
    };

    /// <summary>Parses one front end.</summary>
    /// <param name="text">Option text, or a JSON object when it begins with <c>{</c>.</param>
    /// <param name="warnings">Receives what is accepted but deprecated or doubtful, as in <see cref="NetdevParser.Parse"/>.</param>
    /// <exception cref="UserErrorException">QEMU's message where QEMU has one, and the remedy.</exception>
    public static FrontendOptions Parse(string text, ICollection<string> warnings)
    {
        bool isText = !text.StartsWith('{');
        if (isText && FindKind(text) is not ("stream" or "dgram" or "vhost-user"))
            return SocketFrontend.Read(new OptsReader(Opts.Parse(text, warnings), SocketFrontend.Help));

        return Parse(isText ? KeyvalParser.Parse(text, "type") : JsonParser.Parse(text), isText);
    }

    /// <summary>Takes the members of an object.</summary>
    /// <inheritdoc cref="Parse(string, ICollection{string})"/>
    internal static FrontendOptions Parse(OptionTree tree, bool isText = false)
    {
        _ = tree.TryGet("type", out object? kind);
        return kind switch
        {
            "vhost-user" => VhostUserFrontend.Read(new TreeReader(tree, isText, VhostUserFrontend.Help), isText),
            "dgram" => DgramFrontend.Read(new TreeReader(tree, isText, DgramFrontend.Help), isText),
            _ => StreamFrontend.Read(new TreeReader(tree, isText, StreamFrontend.Help), isText),
        };
    }

    /// <summary>Throws for a kind of front end that this program does not have.</summary>
    internal static void RequireKind(string kind, string wanted)
    {
        if (kind == wanted)
            return;
        throw kind switch
        {
            "stream" or "dgram" or "socket" or "vhost-user" => new UserErrorException(
                $"Parameter 'type' does not accept value '{kind}' in this form",
                "Write socket,… as plain text; JSON is for stream, dgram and vhost-user.")
            {
                Option = "type",
                Value = kind,
            },
            "l2tpv3" => new UserErrorException($"Parameter 'type' does not accept value '{kind}'", "'type=l2tpv3' is the text of a pseudowire: write it behind -netdev.") { Option = "type", Value = kind },
            _ => OptionErrors.NotAccepted("type", kind, "stream, dgram, vhost-user or socket"),
        };
    }

    /// <summary>The type that the text ends up with; QEMU too looks at it with the older syntax to choose between the two.</summary>
    private static string? FindKind(string text)
    {
        string? kind = null;
        foreach (OptsItem item in OptsTokenizer.Items(text, "type"))
        {
            if (item.Name == "type")
                kind = item.Value;
        }

        return kind;
    }
}
