using QemuL2tp.Integration.Peers;

namespace QemuL2tp.Integration.Runner;

/// <summary>
/// What failed in the whole run, a line each, in the file <c>failed</c> beside the other results: <c>integration/run</c> adds what it ran
/// itself. Said again above the closing line, for of a long output often only the end is kept.
/// </summary>
internal static class FailureList
{
    private static string Path => System.IO.Path.Combine(Settings.Results, "failed");

    /// <summary>Adds the first two lines of a text, as one.</summary>
    public static void Add(string what)
    {
        IEnumerable<string> lines = what.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Take(2);
        File.AppendAllText(Path, string.Join(" ", lines) + "\n");
    }

    public static void Print()
    {
        if (new FileInfo(Path) is { Exists: true, Length: > 0 })
        {
            Console.WriteLine("what failed:");
            Console.Write(string.Concat(File.ReadLines(Path).Select(line => $"    {line}\n")));
        }
    }
}
