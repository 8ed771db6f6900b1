// <unistd.h>
using System.Runtime.InteropServices;

namespace QemuL2tp.Linux;

public static unsafe partial class Glibc
{
    [LibraryImport(libc, SetLastError = true)]
    public static partial int execvp(byte* file, byte** argv);

    /// <summary>The variables of this process as C has them.</summary>
    public static byte** environ => *(byte***)NativeLibrary.GetExport(NativeLibrary.GetMainProgramHandle(), nameof(environ));
}
