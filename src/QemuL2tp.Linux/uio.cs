// <sys/uio.h>
using System.Runtime.InteropServices;

namespace Tmds.Linux;

[StructLayout(LayoutKind.Sequential)]
public unsafe struct iovec
{
    public void* iov_base;
    public nuint iov_len;
}

public static unsafe partial class LibC
{
    public const int IOV_MAX = 1024;
}
