// <linux/udp.h>
namespace QemuL2tp.Linux;

public static unsafe partial class Glibc
{
    public const int UDP_NO_CHECK6_RX = 102;
    public const int UDP_SEGMENT = 103;
    public const int UDP_GRO = 104;
}
