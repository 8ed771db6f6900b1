using System.Runtime.InteropServices;
using Tmds.Linux;

namespace QemuL2tp.Tests.TestSupport;

/// <summary>Until disposed of, this process gets no further descriptor (<c>RLIMIT_NOFILE</c>). For a test that runs alone, and not for long.</summary>
internal sealed unsafe partial class NoMoreDescriptors : IDisposable
{
    private const int RLIMIT_NOFILE = 7; // setrlimit(2)

    private readonly Limit _before;

    public NoMoreDescriptors()
    {
        int free = LibC.fcntl(0, LibC.F_DUPFD_CLOEXEC, 0);
        _ = LibC.close(free);
        Limit limit;
        Assert.That(getrlimit(RLIMIT_NOFILE, &limit), Is.Zero);
        _before = limit;
        limit.Current = (ulong)free;
        Assert.That(setrlimit(RLIMIT_NOFILE, &limit), Is.Zero);
    }

    public void Dispose()
    {
        Limit limit = _before;
        _ = setrlimit(RLIMIT_NOFILE, &limit);
    }

    [LibraryImport("libc")]
    private static partial int getrlimit(int resource, Limit* limit);

    [LibraryImport("libc")]
    private static partial int setrlimit(int resource, Limit* limit);

    [StructLayout(LayoutKind.Sequential)]
    private struct Limit
    {
        public ulong Current;
        public ulong Max;
    }
}
