namespace QemuL2tp.Tests.TestSupport;

/// <summary>What another process holds, from /proc.</summary>
/// <param name="Sockets">Sockets, eventfds and epoll descriptors.</param>
/// <param name="Workers">Threads that carry frames.</param>
/// <param name="Mappings">Of memory.</param>
internal sealed record Footprint(int Sockets, int Workers, int Mappings)
{
    public static Footprint Of(int process) => new(
        Directory.GetFileSystemEntries($"/proc/{process}/fd").Select(entry => new FileInfo(entry).LinkTarget).Count(target =>
            target is not null && (target.StartsWith("socket:", StringComparison.Ordinal) || target.StartsWith("anon_inode:", StringComparison.Ordinal))),
        Directory.GetDirectories($"/proc/{process}/task").Count(task => IsWorker(File.ReadAllText(Path.Combine(task, "comm")))),
        File.ReadLines($"/proc/{process}/maps").Count());

    private static bool IsWorker(string name) => name.StartsWith("l2tp ", StringComparison.Ordinal) || name.StartsWith("tx ", StringComparison.Ordinal) || name.StartsWith("rx ", StringComparison.Ordinal);
}
