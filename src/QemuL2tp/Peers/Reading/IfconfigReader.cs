using System.Globalization;
using QemuL2tp.Options;
using QemuL2tp.Peers.Reading.Shell;

namespace QemuL2tp.Peers.Reading;

/// <summary>Reads NetBSD's <c>ifconfig l2tpN</c> (<c>sbin/ifconfig/l2tp.c</c>), and the bare lines of <c>/etc/ifconfig.l2tp0</c>.</summary>
internal sealed class IfconfigReader
{
    private static readonly string[] s_keywords = ["tunnel", "session", "cookie", "deletetunnel", "deletesession", "deletecookie"];

    private readonly List<L2tpInterface> _interfaces = [];
    private FoundCommand _command = null!;

    private IfconfigReader()
    {
    }

    /// <summary>The NetBSD end of each interface that has a tunnel and a session, in order.</summary>
    /// <exception cref="UserErrorException">A command is wrong, or one of the two is missing.</exception>
    public static IEnumerable<FoundEnd> Read(IReadOnlyList<FoundCommand> commands)
    {
        var reader = new IfconfigReader();
        bool hasBare = commands.Any(command => command.Kind == CommandKind.Other && BareIfconfig.IsIn(command.Words));
        if (hasBare && commands.FirstOrDefault(IsOfInterface) is { } named)
        {
            FoundCommand bare = commands.First(command => command.Kind == CommandKind.Other && BareIfconfig.IsIn(command.Words));
            throw new UserErrorException(
                FormattableString.Invariant($"line {bare.Line}: '{string.Join(' ', bare.Words)}' has no 'ifconfig {named.Words[0]}' in front"),
                $"Write ifconfig {named.Words[0]} in front of it, as in line {named.Line.ToString(CultureInfo.InvariantCulture)}, or end the line above with a backslash.");
        }

        foreach (FoundCommand command in commands)
        {
            reader._command = command;
            if (command.Kind == CommandKind.Ifconfig)
                reader.Take();
            else if (hasBare && command.Kind == CommandKind.Other && (BareIfconfig.Begins(command.Words) || BareIfconfig.IsMisspelt(command.Words)))
                reader.Take(BareIfconfig.Name, command.Words);
        }

        // Others are Linux interfaces of such a name.
        return reader._interfaces.Where(one => one.IsPseudowire).Select(one => new FoundEnd(one.End(), one.Line, one.Place));
    }

    public static bool IsL2tp(string name) =>
        name.StartsWith("l2tp", StringComparison.Ordinal) && name.Length > 4 && !name.AsSpan(4).ContainsAnyExceptInRange('0', '9');

    private static bool IsOfInterface(FoundCommand command) => command is { Kind: CommandKind.Ifconfig, Words: [var name, ..] } && IsL2tp(name.Text);

    private void Take()
    {
        if (_command.Words is not [var name, .. var words])
            return;
        if (!name.IsKnown && words.Any(word => word.Text is "tunnel" or "session" or "cookie"))
            throw Error($"'ifconfig {name}': {name.Unknown}", $"Write the name of the interface in place of {name}, such as l2tp0.");
        if (IsL2tp(name.Text))
            Take(name.Text, words);
        else if (words.FirstOrDefault(word => word.Text is "session" or "cookie") is { Text: { } keyword } && BareIfconfig.IsIn(words.SkipWhile(word => word.Text != keyword).ToArray()))
            throw Error($"ifconfig has '{keyword}' for l2tpN only, not for '{name}'", $"Write the name of the interface in place of {name}, such as l2tp0.");
    }

    /// <summary>A keyword with typing errors, or as a part of the word.</summary>
    private static string? Nearest(string word) => NearestName.Find(word, s_keywords)
        ?? (word.All(char.IsAsciiLetterOrDigit) ? s_keywords.FirstOrDefault(keyword => word.Contains(keyword, StringComparison.Ordinal)) : null);

    /// <summary>Takes the words behind the interface's name; those that have nothing to do with L2TP are passed over.</summary>
    private void Take(string name, ReadOnlySpan<Word> words)
    {
        L2tpInterface one = Last(name) ?? Begin(name);
        for (int i = 0; i < words.Length; i++)
        {
            ReadOnlySpan<Word> values = words[(i + 1)..];
            switch (words[i].Text)
            {
                case "create":
                    one = one.IsPseudowire ? Begin(name) : one;
                    break;
                case "tunnel":
                    Require(values, name, "tunnel LOCAL-ADDRESS REMOTE-ADDRESS");
                    (string, string) tunnel = (Address(values[0]), Address(values[1]));
                    one = one.CanHave(tunnel) ? one : Begin(name);
                    one.Set(tunnel, _command.Scope);
                    i += 2;
                    break;
                case "session":
                    Require(values, name, "session LOCAL-ID REMOTE-ID");
                    (uint, uint) session = (Session(values[0]), Session(values[1]));
                    one = one.CanHave(session) ? one : Begin(name);
                    one.Set(session, _command.Scope);
                    i += 2;
                    break;
                case "cookie":
                    Require(values, name, "cookie LOCAL-LENGTH LOCAL REMOTE-LENGTH REMOTE");
                    var cookie = new L2tpCookie(Size(values[0]), Cookie(values[1]), Size(values[2]), Cookie(values[3]));
                    one = one.CanHave(cookie) ? one : Begin(name);
                    one.Set(cookie, _command.Scope);
                    i += 4;
                    break;
                case "deletetunnel" or "deletesession" or "deletecookie":
                    one.Delete(words[i].Text["delete".Length..], _command.Scope);
                    break;
                case var word when Nearest(word) is { } nearest:
                    throw Error($"ifconfig has no '{word}'", $"Did you mean {nearest}?");
            }
        }

        one.Line = _command.Line;
    }

    private L2tpInterface? Last(string name) => _interfaces.FindLast(one => one.Name == name && one.Place == _command.Place);

    private L2tpInterface Begin(string name)
    {
        var one = new L2tpInterface(name, _command.Place) { Line = _command.Line };
        _interfaces.Add(one);
        return one;
    }

    private void Require(ReadOnlySpan<Word> values, string name, string form)
    {
        string[] words = form.Split(' ');
        int given = 0;
        while (given < Math.Min(values.Length, words.Length - 1) && !s_keywords.Contains(values[given].Text))
            given++;
        if (given < words.Length - 1)
            throw Error($"'{words[0]}' has too few values", $"Write ifconfig {name} {form}.");
    }

    private string Address(Word word) =>
        IPText.TryParseHost(word.Text, out string address)
            ? address
            : throw Wrong(word, $"'{word}' is not the address of a host", "Write an IPv4 or IPv6 address in numbers.");

    private uint Session(Word word) =>
        uint.TryParse(word.Text, NumberStyles.None, CultureInfo.InvariantCulture, out uint value) && value > 0
            ? value
            : throw Wrong(word, $"'session {word}' is not understood", "Write numbers from 1 to 4294967295, which NetBSD reads in decimal only.");

    private int Size(Word word) =>
        word.Text is "4" or "8" ? word.Text[0] - '0' : throw Wrong(word, $"a cookie of '{word}' bytes is not understood", "Write 4 or 8.");

    private ulong Cookie(Word word) =>
        long.TryParse(word.Text, NumberStyles.None, CultureInfo.InvariantCulture, out long value) && value > 0
            ? (ulong)value
            : throw Wrong(word, $"'cookie {word}' is not understood", "Write numbers from 1 to 9223372036854775807, which NetBSD reads in decimal only.");

    private UserErrorException Wrong(Word word, string message, string remedy) =>
        word.Unknown is { } unknown ? Error($"'{word}': {unknown}", $"Write the value in place of {word}.") : Error(message, remedy);

    private UserErrorException Error(string message, string remedy) => new(FormattableString.Invariant($"line {_command.Line}: {message}"), remedy);
}
