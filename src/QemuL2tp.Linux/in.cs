// <netinet/in.h>
using System.Runtime.InteropServices;

namespace Tmds.Linux;

[StructLayout(LayoutKind.Sequential)]
public unsafe struct sockaddr_in
{
    public ushort sin_family;

    /// <summary>Network byte order.</summary>
    public ushort sin_port;

    /// <summary>Network byte order.</summary>
    public uint sin_addr;
    public fixed byte sin_zero[8];
}

[StructLayout(LayoutKind.Sequential)]
public unsafe struct sockaddr_in6
{
    public ushort sin6_family;

    /// <summary>Network byte order.</summary>
    public ushort sin6_port;
    public uint sin6_flowinfo;
    public fixed byte sin6_addr[16];
    public uint sin6_scope_id;
}

[StructLayout(LayoutKind.Sequential)]
public struct ip_mreq
{
    /// <summary>Network byte order.</summary>
    public uint imr_multiaddr;

    /// <summary>Network byte order.</summary>
    public uint imr_interface;
}

public static unsafe partial class LibC
{
    public const int IPPROTO_IP = 0;
    public const int IPPROTO_TCP = 6;
    public const int IPPROTO_UDP = 17;
    public const int IPPROTO_IPV6 = 41;
    public const int IPPROTO_L2TP = 115;

    public const int IP_MTU_DISCOVER = 10;
    public const int IP_RECVERR = 11;
    public const int IP_MTU = 14;
    public const int IP_MULTICAST_IF = 32;
    public const int IP_MULTICAST_LOOP = 34;
    public const int IP_ADD_MEMBERSHIP = 35;
    public const int IP_PMTUDISC_DONT = 0;

    public const int IPV6_MTU = 24;
    public const int IPV6_RECVERR = 25;
}
