using System.Globalization;
using QemuL2tp.Options;
using static Tmds.Linux.LibC;

namespace QemuL2tp.Cli;

/// <summary>What is piped in.</summary>
internal static class Stdin
{
    private const string Descriptors = "/proc/self/fd";
    private const int Descriptor = 0;

    /// <exception cref="UserErrorException">It is closed.</exception>
    public static TextReader Open() => IsClosed()
        ? throw new UserErrorException("standard input is closed", "Pipe the text in.")
        : Console.In;

    /// <summary>Where the process was given none the runtime has put a pipe of its own, both ends of it: reading that would never end.</summary>
    private static bool IsClosed() =>
        TargetOf(Descriptor) is { } pipe && pipe.StartsWith("pipe:", StringComparison.Ordinal)
        && Directory.EnumerateFiles(Descriptors).Select(path => int.Parse(Path.GetFileName(path), CultureInfo.InvariantCulture)).Any(other => IsWritten(other) && TargetOf(other) == pipe);

    private static string? TargetOf(int descriptor) => new FileInfo(Path.Combine(Descriptors, descriptor.ToString(CultureInfo.InvariantCulture))).LinkTarget;

    private static bool IsWritten(int descriptor) => fcntl(descriptor, F_GETFL) is >= 0 and var flags && (flags & O_ACCMODE) != O_RDONLY;
}
