using System.Runtime.InteropServices;
using Tmds.Linux;

namespace QemuL2tp.Tests.TestSupport;

/// <summary>A named pipe, by which a shell can give a descriptor to the program it starts.</summary>
internal sealed partial class Fifo : IDisposable
{
    private const int SetPipeSize = 1031; // F_SETPIPE_SZ, fcntl(2)

    public Fifo(string path)
    {
        Path = path;
        Assert.That(mkfifo(path, 0x180), Is.Zero, $"mkfifo, errno = {Marshal.GetLastPInvokeError()}");
    }

    public string Path { get; }

    /// <summary>Opens both ends and fills it, so that whoever writes to it waits until it is read.</summary>
    public FileStream OpenFull()
    {
        var pipe = new FileStream(Path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite, bufferSize: 0);
        int capacity = LibC.fcntl((int)pipe.SafeFileHandle.DangerousGetHandle(), SetPipeSize, 1);
        Assert.That(capacity, Is.Positive, $"F_SETPIPE_SZ, errno = {LibC.errno}");
        pipe.Write(Enumerable.Repeat((byte)'.', capacity).ToArray());
        return pipe;
    }

    /// <summary>Waits until the other side has opened it too.</summary>
    public FileStream OpenToWrite() => Patiently(() => new FileStream(Path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite));

    /// <summary>Everything until the other side has closed it.</summary>
    public string ReadToEnd() => Patiently(() => File.ReadAllText(Path));

    public void Dispose() => File.Delete(Path);

    /// <summary>The other side may never come, or never close.</summary>
    private static T Patiently<T>(Func<T> action)
    {
        var task = Task.Run(action);
        Assert.That(task.Wait(Loopback.PatienceMilliseconds), Is.True, "the FIFO's other side does not do its part");
        return task.Result;
    }

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int mkfifo(string path, uint mode);
}
