namespace QemuL2tp.Cli.Exec;

/// <summary>How this program is started once more.</summary>
internal static class OwnProgram
{
    /// <summary>Its path; where it runs in <c>dotnet qemu-l2tp.dll</c>, those two words.</summary>
    public static string[] Words { get; } = Find();

    private static string[] Find()
    {
        string host = Environment.ProcessPath ?? "/proc/self/exe";
        string[] words = Path.GetFileName(host) == "dotnet" ? [host, Path.Combine(AppContext.BaseDirectory, typeof(OwnProgram).Assembly.GetName().Name + ".dll")] : [host];
        return Array.ConvertAll(words, ByteWords.From);
    }
}
