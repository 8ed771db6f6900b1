namespace QemuL2tp.Cli;

/// <summary>QEMU writes long options with one dash; the command line library knows two.</summary>
internal static class CommandLineArguments
{
    private static readonly string[] s_oneDash = ["-netdev", "-net", "-frontend", "-help", "-version"];

    /// <summary>Each option that may be written as QEMU writes it gets its second dash; everything else stays.</summary>
    public static string[] Normalize(string[] args) => [.. args.SelectMany(Normalize)];

    private static IEnumerable<string> Normalize(string arg)
    {
        if (arg == "-h")
            return ["--help"];
        string full = s_oneDash.Any(name => arg == name || arg.StartsWith(name + "=", StringComparison.Ordinal)) ? "-" + arg : arg;
        // The library takes "--netdev=" for nonsense, but "--netdev" with an empty text for what it is.
        return full.StartsWith("--", StringComparison.Ordinal) && full.IndexOf('=') == full.Length - 1 ? [full[..^1], ""] : [full];
    }
}
