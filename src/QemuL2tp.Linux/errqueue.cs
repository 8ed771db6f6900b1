// <linux/errqueue.h>
using System.Runtime.InteropServices;

namespace Tmds.Linux;

[StructLayout(LayoutKind.Sequential)]
public struct sock_extended_err
{
    public uint ee_errno;
    public byte ee_origin;
    public byte ee_type;
    public byte ee_code;
    public byte ee_pad;
    public uint ee_info;
    public uint ee_data;
}

public static unsafe partial class LibC
{
    public const byte SO_EE_ORIGIN_LOCAL = 1;
}
