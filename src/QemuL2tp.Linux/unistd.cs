// <unistd.h>
using System.Runtime.InteropServices;

namespace Tmds.Linux;

public static unsafe partial class LibC
{
    [LibraryImport(libc, SetLastError = true)]
    public static partial nint read(int fd, void* buf, nuint count);

    [LibraryImport(libc, SetLastError = true)]
    public static partial nint write(int fd, void* buf, nuint count);

    [LibraryImport(libc, SetLastError = true)]
    public static partial int close(int fd);

    [LibraryImport(libc, SetLastError = true)]
    public static partial int ftruncate(int fd, long length);

    [LibraryImport(libc, SetLastError = true)]
    public static partial int pipe2(int* pipefd, int flags);

    [LibraryImport(libc, SetLastError = true)]
    public static partial int unlink(byte* pathname);

    [LibraryImport(libc, SetLastError = true)]
    public static partial int getppid();

    [LibraryImport(libc, SetLastError = true)]
    public static partial int execvp(byte* file, byte** argv);

    /// <summary>The variables of this process as C has them.</summary>
    public static byte** environ => *(byte***)NativeLibrary.GetExport(NativeLibrary.GetMainProgramHandle(), nameof(environ));
}
