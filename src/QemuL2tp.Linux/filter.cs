// <linux/filter.h>
using System.Runtime.InteropServices;

namespace QemuL2tp.Linux;

[StructLayout(LayoutKind.Sequential)]
public struct sock_filter
{
    public ushort code;
    public byte jt;
    public byte jf;
    public uint k;
}

[StructLayout(LayoutKind.Sequential)]
public unsafe struct sock_fprog
{
    public ushort len;
    public sock_filter* filter;
}

public static unsafe partial class Glibc
{
    public const int BPF_LD = 0x00;
    public const int BPF_LDX = 0x01;
    public const int BPF_ALU = 0x04;
    public const int BPF_JMP = 0x05;
    public const int BPF_RET = 0x06;
    public const int BPF_W = 0x00;
    public const int BPF_B = 0x10;
    public const int BPF_IND = 0x40;
    public const int BPF_LEN = 0x80;
    public const int BPF_MSH = 0xa0;
    public const int BPF_SUB = 0x10;
    public const int BPF_JA = 0x00;
    public const int BPF_JEQ = 0x10;
    public const int BPF_JGE = 0x30;
    public const int BPF_X = 0x08;
    public const int BPF_MAXINSNS = 4096;
}
