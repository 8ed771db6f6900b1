using System.Text;
using QemuL2tp.Options;

namespace QemuL2tp.Peers.Reading;

/// <summary>
/// Takes shell text apart as far as commands for a pseudowire need it: quotes, comments, lines continued with a backslash,
/// redirections, several commands in a line. Nothing is expanded.
/// </summary>
internal sealed class ShellText
{
    private readonly string _text;
    private readonly List<ShellCommand> _commands = [];
    private readonly StringBuilder _word = new();
    private List<string> _words = [];
    private bool _isInWord;
    private int _line = 1;
    private int _firstLine = 1;
    private int _at;

    private ShellText(string text) => _text = text.ReplaceLineEndings("\n");

    /// <exception cref="UserErrorException">A quote has no end.</exception>
    public static IReadOnlyList<ShellCommand> Read(string text)
    {
        var reader = new ShellText(text);
        while (reader._at < reader._text.Length)
            reader.Step(reader._text[reader._at++]);
        reader.EndCommand();
        return reader._commands;
    }

    private void Step(char c)
    {
        switch (c)
        {
            case '\'' or '"':
                Quoted(c);
                break;
            case '\\':
                Escaped();
                break;
            case '#' when !_isInWord:
                while (_at < _text.Length && _text[_at] != '\n')
                    _at++;
                break;
            case '\n':
                EndCommand();
                _line++;
                break;
            case ';' or '&' or '|' or '(' or ')':
                EndCommand();
                break;
            case ' ' or '\t':
                EndWord();
                break;
            case '<' or '>':
                Redirected();
                break;
            default:
                Add(c);
                break;
        }
    }

    private void Quoted(char quote)
    {
        int first = _line;
        BeginWord();
        for (; _at < _text.Length && _text[_at] != quote; _at++)
        {
            if (quote == '"' && _text[_at] == '\\' && _at + 1 < _text.Length)
                _at++;
            if (_text[_at] == '\n')
                _line++;
            _word.Append(_text[_at]);
        }

        if (_at == _text.Length)
            throw new UserErrorException(FormattableString.Invariant($"line {first}: a quote {quote} has no end"), $"Close it with {quote}.");
        _at++;
    }

    /// <summary>Takes the character behind it as it is, but joins two lines; blanks between it and the end of its line are forgiven.</summary>
    private void Escaped()
    {
        ReadOnlySpan<char> blanks = _text.AsSpan(_at)[..^_text.AsSpan(_at).TrimStart(" \t").Length];
        int end = _at + blanks.Length;
        if (end < _text.Length && _text[end] == '\n')
        {
            _at = end + 1;
            _line++;
        }
        else if (_at < _text.Length)
        {
            Add(_text[_at++]);
        }
    }

    /// <summary>Passes over <c>2>/dev/null</c> and the like.</summary>
    private void Redirected()
    {
        if (!_word.ToString().AsSpan().ContainsAnyExceptInRange('0', '9'))
        {
            _word.Clear();
            _isInWord = false;
        }

        EndWord();
        while (_at < _text.Length && "<>& \t".Contains(_text[_at], StringComparison.Ordinal))
            _at++;
        while (_at < _text.Length && !"<>&|;() \t\n".Contains(_text[_at], StringComparison.Ordinal))
            _at++;
    }

    private void Add(char c)
    {
        BeginWord();
        _word.Append(c);
    }

    private void BeginWord()
    {
        if (!_isInWord && _words.Count == 0)
            _firstLine = _line;
        _isInWord = true;
    }

    private void EndWord()
    {
        if (_isInWord)
            _words.Add(_word.ToString());
        _word.Clear();
        _isInWord = false;
    }

    private void EndCommand()
    {
        EndWord();
        if (_words.Count > 0)
            _commands.Add(new ShellCommand(_firstLine, _words));
        _words = [];
    }
}
