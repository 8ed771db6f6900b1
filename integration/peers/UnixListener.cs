namespace QemuL2tp.Integration.Peers;

/// <summary>Whether somebody listens at a path: the file is there a moment before, and connections are refused until then.</summary>
internal static class UnixListener
{
    /// <summary>In the network namespace of this process.</summary>
    public static bool IsAt(string path) => File.ReadLines("/proc/net/unix").Any(line => line.EndsWith($" {path}", StringComparison.Ordinal) && line.Contains(" 00010000 ", StringComparison.Ordinal));
}
