// <sys/uio.h>
namespace QemuL2tp.Linux;

public static unsafe partial class Glibc
{
    public const int IOV_MAX = 1024;
}
