namespace QemuL2tp.Performance;

/// <summary>What a program that is held against others is called among them: each has samples of its own under its name.</summary>
internal static class ColumnName
{
    /// <summary>The file's name or, when another has that, its whole path.</summary>
    public static string Of(string path, params IEnumerable<string> others)
    {
        string name = Path.GetFileName(path);
        return others.Contains(name) ? Path.GetFullPath(path) : name;
    }
}
