// <netinet/tcp.h>
namespace Tmds.Linux;

public static unsafe partial class LibC
{
    public const int TCP_NODELAY = 1;
}
