using System.IO.Enumeration;
using QemuL2tp.Hosting;
using QemuL2tp.Options;

namespace QemuL2tp.Cli.Config;

/// <summary>
/// Reads configuration files: one option text per line, as it stands behind <c>-netdev</c> or <c>--frontend</c>, with or without that
/// word; <c>#</c> begins a comment, at the start of a line or behind a blank; <c>include PATTERN</c> reads other files in the order of their names.
/// </summary>
internal sealed class ConfigReader
{
    private static readonly string[] s_netdev = ["netdev", "-netdev", "--netdev"];
    private static readonly string[] s_frontend = ["frontend", "-frontend", "--frontend"];

    private readonly List<ConfigLine> _lines = [];
    private readonly List<ConfigMistake> _mistakes = [];
    private readonly Stack<string> _open = [];

    private ConfigReader()
    {
    }

    /// <summary>Reads files and all that they include.</summary>
    public static (IReadOnlyList<ConfigLine> Lines, IReadOnlyList<ConfigMistake> Mistakes) Read(IEnumerable<string> files)
    {
        var reader = new ConfigReader();
        foreach (string file in files)
            reader.ReadFile(file, error => new ConfigMistake(file, 0, 0, error, null));
        return (reader._lines, reader._mistakes);
    }

    private void ReadFile(string file, Func<string, ConfigMistake> mistake)
    {
        string fullPath;
        string[] lines;
        try
        {
            fullPath = Path.GetFullPath(file);
            if (_open.Contains(fullPath))
            {
                _mistakes.Add(mistake($"{file} includes itself"));
                return;
            }

            lines = File.ReadAllLines(file);
        }
        catch (Exception e) when (IsOfFiles(e))
        {
            _mistakes.Add(mistake($"{file} cannot be read: {SystemWords.For(e, file)}"));
            return;
        }

        _open.Push(fullPath);
        for (int i = 0; i < lines.Length; i++)
            ReadLine(file, i + 1, lines[i]);
        _ = _open.Pop();
    }

    private void ReadLine(string file, int number, string line)
    {
        string text = line.Trim();
        if (text.Length == 0 || text[0] == '#')
            return;
        int column = line.IndexOf(text, StringComparison.Ordinal) + 1;
        (string word, string rest) = SplitFirstWord(text);
        int restColumn = column + text.Length - rest.Length;
        bool isOption = s_netdev.Contains(word) || s_frontend.Contains(word);
        if (!isOption && word != "include")
            Add(file, number, column, WithoutComment(text));
        else if (rest.Length == 0 || rest[0] == '#')
            _mistakes.Add(new ConfigMistake(file, number, column, $"'{word}' needs a value", word == "include" ? "Write include FILE." : "Write the option's text behind it, in the same line."));
        else if (isOption)
            _lines.Add(new ConfigLine(file, number, restColumn, s_frontend.Contains(word), WithoutComment(rest)));
        else
            Include(file, number, restColumn, WithoutComment(rest));
    }

    private void Add(string file, int number, int column, string text)
    {
        string kind = text[..(text.IndexOf(',', StringComparison.Ordinal) is >= 0 and var comma ? comma : text.Length)];
        bool isFrontend = text[0] == '{' ? IsFrontendJson(text) : FrontendParser.Keys.ContainsKey(kind) || FrontendParser.Keys.Keys.Any(known => kind == $"type={known}");
        _lines.Add(new ConfigLine(file, number, column, isFrontend, text));
    }

    /// <summary>What cannot be parsed is left to the parser of pseudowires, which says what is wrong.</summary>
    private static bool IsFrontendJson(string text)
    {
        try
        {
            return JsonParser.Parse(text).TryGet("type", out object? type) && type is string kind && FrontendParser.Keys.ContainsKey(kind);
        }
        catch (UserErrorException)
        {
            return false;
        }
    }

    private void Include(string file, int number, int column, string pattern)
    {
        ConfigMistake Mistake(string error) => new(file, number, column, error, "Name a file that can be read, or a pattern such as conf.d/*.conf; what is not absolute is relative to this file.");
        try
        {
            foreach (string each in FilesOf(file, pattern))
                ReadFile(each, Mistake);
        }
        catch (Exception e) when (IsOfFiles(e))
        {
            _mistakes.Add(Mistake($"{pattern} cannot be read: {SystemWords.For(e, pattern)}"));
        }
    }

    private static string[] FilesOf(string file, string pattern)
    {
        string directory = Path.GetDirectoryName(Path.GetFullPath(file))!;
        string path = Path.Combine(directory, pattern);
        string name = Path.GetFileName(path);
        if (!name.AsSpan().ContainsAny('*', '?'))
            return [path];
        string folder = Path.GetDirectoryName(path)!;
        // No file yet is no mistake for a pattern, as everywhere with such directories.
        return Directory.Exists(folder)
            ? [.. Directory.GetFiles(folder).Where(each => FileSystemName.MatchesSimpleExpression(name, Path.GetFileName(each), ignoreCase: false)).Order(StringComparer.Ordinal)]
            : [];
    }

    private static bool IsOfFiles(Exception e) => e is IOException or UnauthorizedAccessException or ArgumentException;

    private static (string First, string Others) SplitFirstWord(string text)
    {
        int blank = text.AsSpan().IndexOfAny(' ', '\t');
        return blank < 0 ? (text, "") : (text[..blank], text[blank..].TrimStart());
    }

    /// <summary>Only in JSON do quotes keep a <c>#</c> from being a comment.</summary>
    private static string WithoutComment(string text)
    {
        bool isJson = text.StartsWith('{');
        char quote = '\0';
        for (int i = 1; i < text.Length; i++)
        {
            char c = text[i];
            if (isJson && quote != '\0' && c == '\\')
                i++;
            else if (isJson && (c == quote || (quote == '\0' && c is '"' or '\'')))
                quote = quote == '\0' ? c : '\0';
            else if (quote == '\0' && c == '#' && char.IsWhiteSpace(text[i - 1]))
                return text[..i].TrimEnd();
        }

        return text;
    }
}
