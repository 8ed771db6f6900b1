// <linux/udp.h>
namespace Tmds.Linux;

public static unsafe partial class LibC
{
    public const int UDP_NO_CHECK6_RX = 102;
    public const int UDP_SEGMENT = 103;
    public const int UDP_GRO = 104;
}
