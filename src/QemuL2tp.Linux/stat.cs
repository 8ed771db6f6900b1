// <sys/stat.h>
using System.Runtime.InteropServices;

namespace Tmds.Linux;

/// <summary>The beginning of <c>struct statx</c>, whose layout is the same on every architecture; 256 bytes in all.</summary>
[StructLayout(LayoutKind.Sequential, Size = 256)]
public unsafe struct statx
{
    public uint stx_mask;
    public uint stx_blksize;
    public ulong stx_attributes;
    public uint stx_nlink;
    public uint stx_uid;
    public uint stx_gid;
    public ushort stx_mode;
    private readonly ushort _spare0;
    public ulong stx_ino;
    public ulong stx_size;
    private fixed ulong _unused[11];
    public uint stx_dev_major;
    public uint stx_dev_minor;
}

public static unsafe partial class LibC
{
    public const uint STATX_BASIC_STATS = 0x7ff;
    public const uint STATX_SIZE = 0x200;
    public const uint S_IFMT = 0xF000;
    public const uint S_IFREG = 0x8000;
    public const uint S_IFSOCK = 0xC000;

    [LibraryImport(libc, SetLastError = true)]
    public static partial int fchmod(int fd, uint mode);

    [LibraryImport(libc, EntryPoint = "statx", SetLastError = true)]
    public static partial int statx(int dirfd, byte* pathname, int flags, uint mask, statx* statxbuf);
}
