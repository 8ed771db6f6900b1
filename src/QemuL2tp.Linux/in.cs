// <linux/in.h>
namespace QemuL2tp.Linux;

public static unsafe partial class Glibc
{
    public const int IPPROTO_L2TP = 115;
}
