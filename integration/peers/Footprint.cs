namespace QemuL2tp.Integration.Peers;

/// <summary>What a process holds that its connections could leave behind, from /proc.</summary>
/// <param name="Descriptors">Open descriptors.</param>
/// <param name="SharedMappings">Mappings of memory that came from somebody else: guest memory and dirty logs.</param>
internal sealed record Footprint(int Descriptors, int SharedMappings)
{
    public static Footprint Of(Child process) => new(
        Directory.GetFiles($"/proc/{process.Id}/fd").Length,
        // The runtime has memory files of its own for the code that it compiles.
        File.ReadLines($"/proc/{process.Id}/maps").Count(line => line.Contains("/memfd:", StringComparison.Ordinal) && !line.Contains("doublemapper", StringComparison.Ordinal)));
}
