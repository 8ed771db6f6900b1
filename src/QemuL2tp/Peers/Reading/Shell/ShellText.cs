using System.Buffers;
using QemuL2tp.Options;

namespace QemuL2tp.Peers.Reading.Shell;

/// <summary>
/// Takes shell text apart into simple commands, as a shell does, and passes over what is prose. Nothing is expanded. Commands in
/// <c>$(...)</c> and back quotes are commands too.
/// </summary>
internal sealed class ShellText
{
    private const int DeepestSubstitution = 16;

    private static readonly SearchValues<char> s_noPlaceholder = SearchValues.Create("<&|;()$\"'");

    private readonly TextCursor _cursor;
    private readonly List<RawCommand> _commands;
    private readonly int _level;
    private readonly List<HereDocument> _awaited = [];
    private readonly Stack<(string? Outer, int Depth)> _functions = [];
    private List<RawWord> _words = [];
    private HereDocument? _input;
    private ShellScope _scope;
    private string? _functionName;
    private bool _isFunctionNamed;
    private int _depth;
    private int _firstLine;

    private ShellText(string text, int line, ShellScope scope, List<RawCommand> commands, int level)
    {
        _level = level;
        _cursor = new TextCursor(text.ReplaceLineEndings("\n"), line);
        _scope = scope;
        _commands = commands;
    }

    /// <param name="text">Shell text, with prose perhaps.</param>
    /// <param name="line">The number of its first line.</param>
    /// <exception cref="UserErrorException">A quote has no end.</exception>
    public static IReadOnlyList<RawCommand> Read(string text, int line = 1)
    {
        List<RawCommand> commands = [];
        new ShellText(text, line, default, commands, 0).Read();
        return commands;
    }

    private void Read()
    {
        while (!_cursor.IsAtEnd)
            Step();
        EndCommand();
    }

    private void Step()
    {
        switch (_cursor.Current)
        {
            case '\n':
                EndCommand();
                _cursor.Next();
                foreach (HereDocument document in _awaited)
                    ReadBody(document);
                _awaited.Clear();
                break;
            case ' ' or '\t' or '\r':
                _cursor.Next();
                break;
            case '#':
                _cursor.MoveTo(_cursor.At + _cursor.RestOfLine.Length);
                break;
            case '`' when _cursor.Before == '\n' && _cursor.StartsWith("```"):
                // The fence around an example on a web page.
                _cursor.MoveTo(_cursor.At + _cursor.RestOfLine.Length);
                break;
            case '\\' when _cursor.IsContinued(out int end):
                _cursor.MoveTo(end);
                break;
            case '&' when _cursor.Ahead(1) == '>':
                _cursor.Next();
                break;
            case ';' or '&' or '|' or ')':
                Operator();
                break;
            case '(':
                Parenthesis();
                break;
            case '<' when PlaceholderLength() is > 0 and int length:
                AddWord(new RawWord([new WordPart(PartKind.Literal, _cursor.Text.Substring(_cursor.At, length), true)]));
                _cursor.MoveTo(_cursor.At + length);
                break;
            case '<' or '>':
                Redirection();
                break;
            default:
                Word();
                break;
        }
    }

    private void Operator()
    {
        // What cat is given goes through it into a pipe.
        bool isPipe = _cursor.Current == '|' && _cursor.Ahead(1) != '|' && _cursor.Before != '|';
        HereDocument? piped = isPipe && _words is [{ Bare: "cat" }] ? _input : null;
        _input = piped is null ? _input : null;
        EndCommand(isPipe);
        _input = piped;
        if (_cursor.StartsWith(";;"))
            _scope = _scope with { Branch = _scope.Branch + 1 };
        _cursor.Next();
    }

    /// <summary>A function's <c>()</c>, an arithmetic command, or a subshell.</summary>
    private void Parenthesis()
    {
        bool isEmpty = _cursor.RestOfLine[1..].TrimStart(" \t").StartsWith(')');
        if (isEmpty && (_isFunctionNamed || _words is [{ Bare: not null }]))
        {
            _functionName = _isFunctionNamed ? _functionName : _words[0].Bare;
            _words = [];
            _cursor.MoveTo(_cursor.Text.IndexOf(')', _cursor.At) + 1);
        }
        else if (_cursor.Ahead(1) == '(' && Brackets.End(_cursor.Text, _cursor.At) is > 0 and int end)
        {
            EndCommand();
            string arithmetic = _cursor.Text[(_cursor.At + 2)..Math.Max(_cursor.At + 2, end - 2)];
            _commands.Add(new RawCommand(_cursor.Line, [Literal("let"), Literal(arithmetic)], _scope, null));
            _cursor.MoveTo(end);
        }
        else
        {
            EndCommand();
            _cursor.Next();
        }
    }

    private static RawWord Literal(string text) => new([new WordPart(PartKind.Literal, text, false)]);

    /// <summary>Of <c>&lt;address&gt;</c>, as documentation has it where a value belongs; 0 for a redirection.</summary>
    private int PlaceholderLength()
    {
        ReadOnlySpan<char> rest = _cursor.RestOfLine;
        int end = rest.IndexOf('>');
        bool isName = end > 1 && char.IsAsciiLetter(rest[1]) && !rest[1..end].ContainsAny(s_noPlaceholder);
        return isName && (end + 1 == rest.Length || rest[end + 1] is ' ' or '\t' or '/' or ':' or '.') ? end + 1 : 0;
    }

    private void Redirection()
    {
        bool isHereDocument = _cursor.StartsWith("<<") && !_cursor.StartsWith("<<<");
        while (!_cursor.IsAtEnd && _cursor.Current is '<' or '>' or '&' or '|')
            _cursor.Next();
        bool stripsTabs = isHereDocument && !_cursor.IsAtEnd && _cursor.Current == '-';
        if (stripsTabs)
            _cursor.Next();
        while (!_cursor.IsAtEnd && _cursor.Current is ' ' or '\t')
            _cursor.Next();
        if (_cursor.IsAtEnd || _cursor.Current is '\n' or '(')
            return;
        RawWord target = new WordReader(_cursor, ReadSubstitution).Read();
        if (target.Parts.Count == 0)
            return;
        // In prose there may be no such line: then it is none.
        if (!isHereDocument || !HasLine(target.Source, stripsTabs))
            return;
        _input = new HereDocument(target.Source, target.Parts.Any(part => part.IsQuoted), stripsTabs);
        _awaited.Add(_input);
    }

    private bool HasLine(string delimiter, bool stripsTabs)
    {
        foreach (ReadOnlySpan<char> line in _cursor.Text.AsSpan(_cursor.At).EnumerateLines())
        {
            if ((stripsTabs ? line.TrimStart('\t') : line).SequenceEqual(delimiter))
                return true;
        }

        return false;
    }

    private void ReadBody(HereDocument document)
    {
        document.Line = _cursor.Line;
        List<string> lines = [];
        while (!_cursor.IsAtEnd)
        {
            string line = _cursor.RestOfLine.ToString();
            _cursor.MoveTo(Math.Min(_cursor.Text.Length, _cursor.At + line.Length + 1));
            if (document.StripsTabs)
                line = line.TrimStart('\t');
            if (line == document.Delimiter)
                break;
            lines.Add(line);
        }

        document.Body = string.Join('\n', lines);
    }

    private void Word()
    {
        int line = _cursor.Line;
        RawWord word = new WordReader(_cursor, ReadSubstitution).Read();
        bool isDescriptor = !_cursor.IsAtEnd && _cursor.Current is '<' or '>' && word.Bare is { } digits && !digits.AsSpan().ContainsAnyExceptInRange('0', '9');
        if (isDescriptor)
            return;
        if (_words.Count == 0)
            _firstLine = line;
        AddWord(word);
    }

    private void AddWord(RawWord word)
    {
        string? bare = _words.Count == 0 ? word.Bare : null;
        if (_isFunctionNamed && _functionName is null)
        {
            _functionName = word.Source;
            return;
        }

        switch (bare)
        {
            case "function":
                _isFunctionNamed = true;
                return;
            case "{":
                BeginGroup();
                return;
            case "}":
                EndGroup();
                return;
            case "if" or "then" or "elif" or "else" or "while" or "until" or "do" or "!":
                return;
        }

        (_functionName, _isFunctionNamed) = (null, false);
        _words.Add(word);
    }

    private void BeginGroup()
    {
        _depth++;
        if (_functionName is not null)
        {
            _functions.Push((_scope.Function, _depth));
            _scope = new ShellScope(_functionName, _scope.Branch + 1);
        }

        (_functionName, _isFunctionNamed) = (null, false);
    }

    private void EndGroup()
    {
        if (_functions.TryPeek(out (string? Outer, int Depth) function) && function.Depth == _depth)
        {
            _functions.Pop();
            _scope = new ShellScope(function.Outer, _scope.Branch + 1);
        }

        _depth = Math.Max(0, _depth - 1);
    }

    private void ReadSubstitution(string text, int line)
    {
        if (_level < DeepestSubstitution)
            new ShellText(text, line, _scope, _commands, _level + 1).Read();
    }

    private void EndCommand(bool isPiped = false)
    {
        if (_words.Count > 0)
            _commands.Add(new RawCommand(_firstLine, _words, _scope, _input, isPiped));
        _words = [];
        _input = null;
    }
}
