using System.Text;

namespace QemuL2tp.Peers.Reading.Shell;

/// <summary>
/// The variables of a script. A value is known when all assignments to it agree and are made of literal text or of variables that are
/// known; what is not known says why.
/// </summary>
internal sealed class ShellVariables
{
    private const int LongestChain = 16;

    private readonly Dictionary<string, List<Assignment>> _assignments = [];

    public ShellVariables(IEnumerable<RawCommand> commands)
    {
        foreach (RawCommand command in commands)
            Collect(command);
    }

    /// <summary>Whether a command does nothing but assign.</summary>
    public static bool IsAssignment(RawCommand command) =>
        IsDeclaration(command) || command.Words.All(word => word.IsAssignment(out _, out _, out _));

    /// <summary>The words that the shell makes of one; none of an empty variable without quotes.</summary>
    public IReadOnlyList<Word> Expand(RawWord word, RawCommand user) => Expand(word, user, 0);

    /// <summary>A here-document as the command gets it.</summary>
    public string Expand(HereDocument document, RawCommand user)
    {
        if (document.IsLiteral)
            return document.Body;
        RawWord body = new WordReader(new TextCursor(document.Body, document.Line), (_, _) => { }).ReadHereDocument();
        return string.Concat(Expand(body, user).Select(word => word.Text));
    }

    private static bool IsDeclaration(RawCommand command) =>
        command.Words[0].Bare is "export" or "readonly" or "declare" or "typeset" or "local" && command.Words.Count > 1
        && command.Words.Skip(1).All(word => word.Bare is { } bare && (RawWord.IsName(bare) || bare.StartsWith('-')) || word.IsAssignment(out _, out _, out _));

    private void Collect(RawCommand command)
    {
        IEnumerable<RawWord> rest = command.Words.Skip(1);
        switch (command.Words[0].Bare)
        {
            case "for" or "select" or "read" or "unset" or "mapfile" or "readarray" or "getopts" or "printf":
                foreach (RawWord word in rest.TakeWhile(word => word.Bare is not "in"))
                    Add(word.Source, new Assignment(command, null, command.Words[0].Source));
                break;
            case "let":
                foreach (string name in rest.SelectMany(word => word.Source.Split([.. " \t\n+-*/%=<>!&|^~?:,;()'\""])))
                    Add(name, new Assignment(command, null, "arithmetic"));
                break;
            default:
                if (IsAssignment(command))
                    Assign(command);
                break;
        }
    }

    private void Assign(RawCommand command)
    {
        bool isLocal = command.Words[0].Bare == "local" || (IsDeclaration(command) && command.Words[0].Bare is "declare" or "typeset");
        foreach (RawWord word in command.Words)
        {
            if (word.IsAssignment(out string name, out RawWord value, out bool isAppended))
                Add(name, new Assignment(command, isAppended ? null : value, isAppended ? "+=" : value.Source, isLocal));
        }
    }

    private void Add(string name, Assignment assignment)
    {
        if (!RawWord.IsName(name))
            return;
        if (!_assignments.TryGetValue(name, out List<Assignment>? all))
            _assignments[name] = all = [];
        all.Add(assignment);
    }

    private IReadOnlyList<Word> Expand(RawWord word, RawCommand user, int chain)
    {
        List<Word> words = [];
        var text = new StringBuilder();
        string? unknown = null;
        bool isThere = false;
        foreach (WordPart part in word.Parts)
        {
            (string value, string? reason) = Value(part, user, chain);
            unknown ??= reason;
            if (part.Kind != PartKind.Variable || part.IsQuoted || reason is not null)
            {
                text.Append(value);
                isThere |= value.Length > 0 || part.IsQuoted;
                continue;
            }

            string[] fields = value.Split([' ', '\t', '\n']);
            for (int i = 0; i < fields.Length; i++)
            {
                if (i > 0)
                    EndField();
                text.Append(fields[i]);
                isThere |= fields[i].Length > 0;
            }
        }

        EndField();
        return words;

        void EndField()
        {
            if (isThere)
                words.Add(new Word(text.ToString(), unknown));
            text.Clear();
            (unknown, isThere) = (null, false);
        }
    }

    /// <summary>What a part of a word stands for, or how it is written and why that is not known.</summary>
    private (string Text, string? Unknown) Value(WordPart part, RawCommand user, int chain) => part.Kind switch
    {
        PartKind.Literal => (part.Text, null),
        PartKind.Variable => Variable(part, user, chain),
        _ => (part.Text, "it is known only when the script runs"),
    };

    private (string Text, string? Unknown) Variable(WordPart part, RawCommand user, int chain)
    {
        if (!_assignments.TryGetValue(part.Name, out List<Assignment>? all))
            return (part.Text, $"nothing in this text assigns {part.Name}");
        // A function's own variable hides that of the script.
        Assignment[] own = [.. all.Where(one => one.IsLocal && one.Command.Scope.Function == user.Scope.Function)];
        Assignment[] seen = own.Length > 0 ? own : [.. all.Where(one => !one.IsLocal)];
        string lines = string.Join(" and ", seen.Select(one => FormattableString.Invariant($"line {one.Command.Line}")).Distinct());
        if (seen.Length == 0)
            return (part.Text, $"{part.Name} is assigned in another function only");
        if (seen.All(one => one.Command.Scope.Function is null && user.Scope.Function is null && one.Command.Line > user.Line))
            return (part.Text, $"{part.Name} is assigned only later, in {lines}");
        string? value = null;
        foreach (Assignment one in seen)
        {
            (string text, string? unknown) = one.Value is null ? (one.Source, "") : Joined(one.Value, one.Command, chain + 1);
            if (unknown is not null || chain > LongestChain)
                return (part.Text, $"{part.Name} is assigned by '{one.Source}' in line {FormattableString.Invariant($"{one.Command.Line}")}, which is known only when the script runs");
            if (value is not null && value != text)
                return (part.Text, $"{part.Name} has more than one value, in {lines}");
            value = text;
        }

        return value is "" && part.Text.Contains(":-", StringComparison.Ordinal)
            ? (part.Text, $"{part.Name} is empty, and another value takes its place")
            : (value!, null);
    }

    /// <summary>An assigned value is not divided at blanks.</summary>
    private (string Text, string? Unknown) Joined(RawWord value, RawCommand user, int chain)
    {
        (string Text, string? Unknown)[] parts = [.. chain > LongestChain ? [] : value.Parts.Select(part => Value(part, user, chain))];
        return (string.Concat(parts.Select(part => part.Text)), chain > LongestChain ? "" : parts.Select(part => part.Unknown).FirstOrDefault(unknown => unknown is not null));
    }

    /// <param name="Command">The command that assigns.</param>
    /// <param name="Value">Null when it is not literal.</param>
    /// <param name="Source">How it is written.</param>
    /// <param name="IsLocal">Whether it is of its function only.</param>
    private sealed record Assignment(RawCommand Command, RawWord? Value, string Source, bool IsLocal = false);
}
