using QemuL2tp.Options;
using QemuL2tp.Peers.Reading.Shell;

namespace QemuL2tp.Peers.Reading;

/// <summary>
/// Finds the commands for pseudowires in shell text, with what people and scripts put around them: <c>sudo</c>, prompts, namespaces,
/// other hosts, shells inside of shells.
/// </summary>
internal sealed class CommandFinder
{
    private const int DeepestShell = 8;

    /// <summary>What they are given is told, not done.</summary>
    private static readonly string[] s_talkers =
        ["echo", "printf", "print", "logger", "log", "die", "fail", "warn", "err", "error", "info", "debug", "usage", "grep", "egrep", "fgrep", "man", "alias", "test", "[", "[["];

    private static readonly string[] s_shells = ["sh", "bash", "dash", "ash", "ksh", "zsh"];
    private static readonly string[] s_containers =
        ["docker", "podman", "lxc", "incus", "kubectl", "machinectl", "lxc-attach", "nsenter", "vagrant", "chroot", "systemd-nspawn", "systemd-run", "limactl", "multipass"];

    private static readonly string[] s_ipOptionsWithValue = ["-f", "-family", "-l", "-loops", "-rc", "-rcvbuf"];
    private const string SshOptionsWithValue = "BbcDEeFIiJLlmOopQRSWw";

    private readonly ICollection<string> _warnings;
    private readonly List<FoundCommand> _found = [];
    private RawCommand _command = null!;
    private FoundTalk? _told;
    private ShellScope _outermost;
    private int _level;

    private CommandFinder(ICollection<string> warnings) => _warnings = warnings;

    /// <returns>All commands in order; those of other programs too.</returns>
    /// <exception cref="UserErrorException">Something cannot be read.</exception>
    public static IReadOnlyList<FoundCommand> Find(string text, ICollection<string> warnings)
    {
        var finder = new CommandFinder(warnings);
        finder.Read(text, 1, "");
        return finder._found;
    }

    /// <returns>Where the last command would read commands from its input; null when it would not.</returns>
    private string? Read(string text, int line, string place)
    {
        if (_level == DeepestShell)
            throw new UserErrorException(FormattableString.Invariant($"line {line}: there are shells inside of shells, more than {DeepestShell} deep"), "Give the commands themselves.");
        RawCommand? outer = _command;
        _level++;
        string? input = null;
        IReadOnlyList<RawCommand> commands = ShellText.Read(text, line);
        var variables = new ShellVariables(commands);
        foreach (RawCommand command in commands)
        {
            _command = command;
            _outermost = _level == 1 ? command.Scope : _outermost;
            Word[] words = [.. command.Words.SelectMany(word => variables.Expand(word, command))];
            WebCharacters.Check(command.Line, words);
            if (ShellVariables.IsAssignment(command))
            {
                place = Assigned(words, place);
                continue;
            }

            FoundTalk? told = _told;
            _told = null;
            input = words.Length == 0 ? null : Walk(words, place);
            if (told is not null && input is not null)
                Read(told.Text, told.Line, input);
            else if (told is not null)
                Warn(told);
            if (command.Input is { } document)
                ReadInput(document, variables.Expand(document, command), input);
        }

        _level--;
        _command = outer!;
        return input;
    }

    /// <summary>NetBSD's rump kernels are chosen by a variable, its interfaces are configured by others.</summary>
    private string Assigned(Word[] words, string place)
    {
        foreach (string text in words.Select(word => word.Text))
        {
            if (text.StartsWith("RUMP_SERVER=", StringComparison.Ordinal))
                place = Place.In("", $"rump kernel {text["RUMP_SERVER=".Length..]}");
            if (text.StartsWith("ifconfig_", StringComparison.Ordinal) && text.IndexOf('=', StringComparison.Ordinal) is > 0 and int equals)
                Add(CommandKind.Ifconfig, [new Word(text["ifconfig_".Length..equals]), .. text[(equals + 1)..].Split([' ', '\t', '\n', ';'], StringSplitOptions.RemoveEmptyEntries).Select(word => new Word(word))], place);
        }

        return place;
    }

    private void ReadInput(HereDocument document, string text, string? place)
    {
        if (place is not null)
            Read(text, document.Line, place);
        else if (L2tpMention.IsIn(text) || BareIfconfig.IsIn(text))
            _warnings.Add(FormattableString.Invariant($"line {document.Line}: commands in the text up to {document.Delimiter} are passed over, for they are not run here"));
    }

    /// <summary>Goes through the words of a command up to the program that counts.</summary>
    /// <returns>Where it would read commands from its input; null when it would not.</returns>
    private string? Walk(Word[] words, string place)
    {
        for (int i = 0; i < words.Length; i++)
        {
            string name = words[i].Text[(words[i].Text.LastIndexOf('/') + 1)..];
            Word[] rest = words[(i + 1)..];
            if (i == 0 && words[i].Text.StartsWith("RUMP_SERVER=", StringComparison.Ordinal))
                place = Place.In(place, $"rump kernel {words[i].Text["RUMP_SERVER=".Length..]}");
            else if (s_talkers.Contains(name))
                return PassOver(words, name);
            else if (name == "ip")
                return Ip(rest, place);
            else if (name == "l2tpv3tun" || (name == "l2tp" && (i == 0 || !words[i - 1].IsKnown)))
                return Add(CommandKind.IpL2tp, rest, place);
            else if (name is "ifconfig" or "rump.ifconfig")
                return Add(CommandKind.Ifconfig, rest, place);
            else if (i > 0 && !words[i - 1].IsKnown && IfconfigReader.IsL2tp(name))
                return Add(CommandKind.Ifconfig, words[i..], place);
            else if (name == "ssh")
                return Ssh(rest, place);
            else if (s_shells.Contains(name))
                return Shell(rest, place);
            else if (name == "su" && Array.FindIndex(rest, word => word.Text is "-c" or "--command") is >= 0 and int c && c + 1 < rest.Length)
                return Nested(rest[c + 1].Text, place);
            else if (name == "eval")
                return Nested(string.Join(' ', rest), place);
            else if (s_containers.Contains(name))
                place = Place.In(place, string.Join(' ', words[i..].TakeWhile((word, n) => n == 0 || !IsProgram(word.Text))));
            else if (words[i].IsKnown && name.Length > 1 && name[^1] is '#' or '$' or '%' or '>')
                place = Place.AtPrompt(place, words[..(i + 1)]);
        }

        RefuseUnknownProgram(words);
        return ReadQuoted(words, place);
    }

    /// <summary>A misspelt program would be passed over, and its part of the pseudowires with it.</summary>
    private void RefuseUnknownProgram(Word[] words)
    {
        int name = Array.FindIndex(words, word => IfconfigReader.IsL2tp(word.Text));
        bool isIfconfig = name > 0 && BareIfconfig.IsIn(words[(name + 1)..]);
        if (isIfconfig || L2tpMention.IsWrapped(words) || L2tpMention.IsIn([.. words.Select(word => word.Text)]))
        {
            throw new UserErrorException(
                FormattableString.Invariant($"line {_command.Line}: '{words[0]}' is not understood in front of '{words[Math.Max(1, name)]}'"),
                $"Did you mean {(isIfconfig ? "ifconfig" : "ip l2tp")}?");
        }
    }

    /// <summary>Words that are commands themselves, for programs that are not known here.</summary>
    private string? ReadQuoted(Word[] words, string place)
    {
        foreach (string text in words.Select(word => word.Text).Where(text => text.AsSpan().ContainsAny(" \t\n") && !IsSubstitution(text) && L2tpMention.IsIn(text)))
        {
            int before = _found.Count;
            if (!text.Contains('\n', StringComparison.Ordinal))
                Nested(text, place);
            if (!_found.Skip(before).Any(one => one.Kind != CommandKind.Other))
            {
                throw new UserErrorException(
                    FormattableString.Invariant($"line {_command.Line}: there are commands for L2TP inside of quotes, for '{words[0].Text}'"),
                    "Give the commands themselves; if they are not meant to be in quotes, look for an apostrophe in or above that line.");
            }
        }

        Add(CommandKind.Other, words, place);
        return null;
    }

    /// <summary>Its commands have been found already; in Markdown back quotes are around an example.</summary>
    private static bool IsSubstitution(string text) => text.StartsWith('`') || text.StartsWith("$(", StringComparison.Ordinal);

    private string? PassOver(Word[] words, string talker)
    {
        string text = string.Join(' ', words.SkipWhile(word => word.Text[(word.Text.LastIndexOf('/') + 1)..] != talker).Skip(1));
        if (!L2tpMention.IsIn(text))
            return null;
        var told = new FoundTalk(talker, text, _command.Line);
        if (_command.IsPiped)
            _told = told;
        else
            Warn(told);
        return null;
    }

    private void Warn(FoundTalk told) =>
        _warnings.Add(FormattableString.Invariant($"line {told.Line}: the command behind '{told.Talker}' is passed over, for it is not run here"));

    private string? Ip(Word[] words, string place)
    {
        string? input = null;
        int at = 0;
        for (; at < words.Length && words[at].Text.StartsWith('-'); at++)
        {
            string option = "-" + words[at].Text.TrimStart('-');
            if (option.Length > 1 && L2tpMention.Abbreviates(option, "-netns") && at + 1 < words.Length)
                place = Place.InNamespace(place, words[++at].Text);
            else if (option.Length > 1 && L2tpMention.Abbreviates(option, "-batch") && at + 1 < words.Length)
                input = words[++at].Text == "-" ? place : null;
            else if (s_ipOptionsWithValue.Contains(option))
                at++;
        }

        if (at >= words.Length)
            return input;
        string name = words[at].Text;
        bool isExec = at + 3 < words.Length && L2tpMention.Abbreviates(words[at + 1].Text, "exec");
        if (isExec && name.Length > 2 && L2tpMention.Abbreviates(name, "netns"))
            return Walk(words[(at + 3)..], Place.InNamespace(place, words[at + 2].Text));
        if (isExec && name == "vrf")
            return Walk(words[(at + 3)..], place);
        // iproute2 takes the beginning of an object's name; "l" alone is "link".
        if (name.Length > 1 && L2tpMention.Abbreviates(name, "l2tp"))
            return Add(CommandKind.IpL2tp, words[(at + 1)..], place);
        if (words.Skip(at).Any(word => word.Text is "tunnel_id" or "peer_tunnel_id" or "session_id" or "peer_session_id"))
        {
            throw new UserErrorException(
                FormattableString.Invariant($"line {_command.Line}: iproute2 has no 'ip {name}' with such words"),
                "Did you mean ip l2tp?");
        }

        return null;
    }

    private string? Ssh(Word[] words, string place)
    {
        int at = 0;
        while (at < words.Length && words[at].Text is ['-', var letter, ..] option)
            at += option.Length == 2 && SshOptionsWithValue.Contains(letter, StringComparison.Ordinal) ? 2 : 1;
        if (at >= words.Length)
            return null;
        place = Place.OnHost(place, words[at].Text);
        return at + 1 == words.Length ? place : Nested(string.Join(' ', words[(at + 1)..]), place);
    }

    private string? Shell(Word[] words, string place)
    {
        int at = Array.FindIndex(words, word => word.Text is ['-', not '-', ..] && word.Text.EndsWith('c'));
        if (at >= 0)
            return words.Skip(at + 1).SkipWhile(word => word.Text.StartsWith('-')).FirstOrDefault() is { Text: { } text } ? Nested(text, place) : null;
        return words.All(word => word.Text is ['-' or '+', ..]) || words.Any(word => word.Text == "-s") ? place : null;
    }

    private string? Nested(string text, string place) => Read(text, _command.Line, place);

    private static bool IsProgram(string word) =>
        word.AsSpan().ContainsAny(" \t\n") || word[(word.LastIndexOf('/') + 1)..] is "ip" or "ifconfig" or "rump.ifconfig" or "l2tpv3tun" or "ssh" or "su" or "eval" or "sudo"
        || s_shells.Contains(word[(word.LastIndexOf('/') + 1)..]);

    private string? Add(CommandKind kind, Word[] words, string place)
    {
        _found.Add(new FoundCommand(_command.Line, kind, words, place, _command.Scope.Function is null ? _outermost : _command.Scope));
        return null;
    }
}
