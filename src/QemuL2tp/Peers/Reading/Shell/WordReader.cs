using System.Text;
using QemuL2tp.Options;

namespace QemuL2tp.Peers.Reading.Shell;

/// <summary>Reads one word of shell text: quotes, escapes and expansions.</summary>
/// <param name="cursor">Stands at its first character.</param>
/// <param name="onSubstitution">Is given the text of each command substitution, and its line.</param>
internal sealed class WordReader(TextCursor cursor, Action<string, int> onSubstitution)
{
    private readonly List<WordPart> _parts = [];
    private readonly StringBuilder _literal = new();
    private bool _isQuoted;

    /// <exception cref="UserErrorException">A quote has no end.</exception>
    public RawWord Read()
    {
        int start = cursor.At;
        while (!cursor.IsAtEnd && !EndsWord(cursor.Current))
        {
            switch (cursor.Current)
            {
                case '\'' or '"' when IsApostrophe(start):
                    _literal.Append(cursor.Next());
                    break;
                case '\'':
                    SingleQuoted(cursor.Line);
                    break;
                case '"':
                    cursor.Next();
                    DoubleQuoted(cursor.Line);
                    break;
                case '\\':
                    Escaped();
                    break;
                case '(':
                    Add(PartKind.Expansion, cursor.Text[cursor.At..Brackets.End(cursor.Text, cursor.At)]);
                    break;
                default:
                    Plain();
                    break;
            }
        }

        EndLiteral();
        return new RawWord(_parts);
    }

    /// <summary>All of the text as if in double quotes, in which quotes are ordinary characters.</summary>
    public RawWord ReadHereDocument()
    {
        _isQuoted = true;
        while (!cursor.IsAtEnd)
            InDoubleQuotes();
        EndLiteral();
        return new RawWord(_parts);
    }

    /// <summary>Blanks and operators, but not the parenthesis of <c>NAME=(...)</c>.</summary>
    private bool EndsWord(char c) => c is ' ' or '\t' or '\n' or ';' or '&' or '|' or ')' or '<' or '>'
        || (c == '(' && !(_literal is [.., '='] && Brackets.End(cursor.Text, cursor.At) > 0));

    /// <summary>
    /// People write prose around commands: a quotation mark behind a letter, with no other on its line, is an apostrophe (it's) or a unit.
    /// </summary>
    private bool IsApostrophe(int start) =>
        cursor.At > start && char.IsLetterOrDigit(cursor.Before) && !cursor.RestOfLine[1..].Contains(cursor.Current);

    private void Plain()
    {
        if (cursor.Current is '$' or '`')
            Expansion();
        else
            _literal.Append(cursor.Next());
    }

    private void Escaped()
    {
        if (cursor.IsContinued(out int end))
        {
            cursor.MoveTo(end);
            return;
        }

        cursor.Next();
        if (!cursor.IsAtEnd)
            Quote(cursor.Next().ToString());
    }

    private void SingleQuoted(int line)
    {
        int end = cursor.Text.IndexOf('\'', cursor.At + 1);
        if (end < 0)
            throw NoEnd('\'', line);
        Quote(cursor.Text[(cursor.At + 1)..end]);
        cursor.MoveTo(end + 1);
    }

    private void DoubleQuoted(int line)
    {
        EndLiteral();
        _isQuoted = true;
        Quote("");
        while (!cursor.IsAtEnd && cursor.Current != '"')
            InDoubleQuotes();
        if (cursor.IsAtEnd)
            throw NoEnd('"', line);
        cursor.Next();
        EndLiteral();
        _isQuoted = false;
    }

    private void InDoubleQuotes()
    {
        if (cursor.Current == '\\' && cursor.Ahead(1) is '$' or '`' or '"' or '\\' or '\n')
        {
            cursor.Next();
            char c = cursor.Next();
            if (c != '\n')
                _literal.Append(c);
            return;
        }

        Plain();
    }

    private void Expansion()
    {
        char next = cursor.Ahead(1);
        if (cursor.Current == '`')
            BackQuoted();
        else if (next == '(')
            Substituted();
        else if (next == '{')
            Braced();
        else if (RawWord.IsName(next.ToString()))
            Named();
        else if (char.IsAsciiDigit(next) || "@*#?$!".Contains(next, StringComparison.Ordinal))
            Add(PartKind.Expansion, cursor.Text.Substring(cursor.At, 2));
        else if (!_isQuoted && next is '\'' or '"')
            cursor.Next();
        else
            _literal.Append(cursor.Next());
    }

    private void BackQuoted()
    {
        int end = cursor.At + 1;
        while (end < cursor.Text.Length && cursor.Text[end] != '`')
            end += cursor.Text[end] == '\\' ? 2 : 1;
        if (end >= cursor.Text.Length)
        {
            _literal.Append(cursor.Next());
            return;
        }

        onSubstitution(cursor.Text[(cursor.At + 1)..end].Replace("\\`", "`", StringComparison.Ordinal), cursor.Line);
        Add(PartKind.Expansion, cursor.Text[cursor.At..(end + 1)]);
    }

    private void Substituted()
    {
        int end = Brackets.End(cursor.Text, cursor.At + 1);
        if (end < 0)
        {
            _literal.Append(cursor.Next());
            return;
        }

        if (cursor.Ahead(2) != '(')
            onSubstitution(cursor.Text[(cursor.At + 2)..(end - 1)], cursor.Line);
        Add(PartKind.Expansion, cursor.Text[cursor.At..end]);
    }

    /// <summary>Of the many forms those are known that are the value of a variable that has one.</summary>
    private void Braced()
    {
        int end = Brackets.End(cursor.Text, cursor.At + 1);
        if (end < 0)
        {
            _literal.Append(cursor.Next());
            return;
        }

        string inside = cursor.Text[(cursor.At + 2)..(end - 1)];
        string name = new([.. inside.TakeWhile(c => char.IsAsciiLetterOrDigit(c) || c == '_')]);
        string form = inside[name.Length..];
        bool isValue = RawWord.IsName(name) && (form.Length == 0 || form[0] is '-' or '?' || form.StartsWith(":-", StringComparison.Ordinal) || form.StartsWith(":?", StringComparison.Ordinal));
        Add(isValue ? PartKind.Variable : PartKind.Expansion, cursor.Text[cursor.At..end], isValue ? name : "");
    }

    private void Named()
    {
        int end = cursor.At + 1;
        while (end < cursor.Text.Length && (char.IsAsciiLetterOrDigit(cursor.Text[end]) || cursor.Text[end] == '_'))
            end++;
        Add(PartKind.Variable, cursor.Text[cursor.At..end], cursor.Text[(cursor.At + 1)..end]);
    }

    private void Add(PartKind kind, string source, string name = "")
    {
        EndLiteral();
        _parts.Add(new WordPart(kind, source, _isQuoted, name));
        cursor.MoveTo(cursor.At + source.Length);
    }

    private void Quote(string text)
    {
        EndLiteral();
        _parts.Add(new WordPart(PartKind.Literal, text, true));
    }

    private void EndLiteral()
    {
        if (_literal.Length > 0)
            _parts.Add(new WordPart(PartKind.Literal, _literal.ToString(), _isQuoted));
        _literal.Clear();
    }

    private static UserErrorException NoEnd(char quote, int line) =>
        new(FormattableString.Invariant($"line {line}: a quote {quote} has no end"), $"Close it with {quote}.");
}
