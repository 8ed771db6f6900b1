using System.Runtime.InteropServices;

namespace QemuL2tp.Tests.TestSupport;

/// <summary>A named pipe, by which a shell can give a descriptor to the program it starts.</summary>
internal sealed partial class Fifo : IDisposable
{
    public Fifo(string path)
    {
        Path = path;
        Assert.That(mkfifo(path, 0x180), Is.Zero, $"mkfifo, errno = {Marshal.GetLastPInvokeError()}");
    }

    public string Path { get; }

    /// <summary>Waits until the other side has opened it too.</summary>
    public FileStream OpenToWrite() => new(Path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);

    /// <summary>Everything until the other side has closed it.</summary>
    public string ReadToEnd() => File.ReadAllText(Path);

    public void Dispose() => File.Delete(Path);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int mkfifo(string path, uint mode);
}
