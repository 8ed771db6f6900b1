namespace QemuL2tp.Tests.TestSupport;

/// <summary>A directory that goes away with its contents. Its path is short, because socket paths must be.</summary>
internal sealed class TemporaryDirectory : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("l2tp").FullName;

    public string File(string name) => System.IO.Path.Combine(Path, name);

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
