namespace QemuL2tp.Tests.TestSupport;

/// <summary>The checkout that the test assembly was built in.</summary>
internal static class Repository
{
    public static string Root { get; } = FindRoot();

    /// <summary>C# files under a folder of the checkout, without build output.</summary>
    public static IEnumerable<string> SourcesUnder(string folder) =>
        Directory.EnumerateFiles(Path.Combine(Root, folder), "*.cs", SearchOption.AllDirectories)
            .Where(path => !Path.GetRelativePath(Root, path).Split('/').Any(part => part is "bin" or "obj"))
            .Order(StringComparer.Ordinal);

    private static string FindRoot()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "QemuL2tp.sln")))
            folder = folder.Parent;
        return folder?.FullName ?? throw new DirectoryNotFoundException($"No QemuL2tp.sln above {AppContext.BaseDirectory}.");
    }
}
