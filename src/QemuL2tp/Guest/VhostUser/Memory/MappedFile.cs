using System.Runtime.InteropServices;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace QemuL2tp.Guest.VhostUser.Memory;

/// <summary>
/// A piece of a file of the front end, mapped shared, and only to be read where the descriptor allows no more. The front end
/// could shorten the file later, and touching what is gone would end this process (SIGBUS): the file is sealed against that or,
/// where it cannot be, watched.
/// </summary>
internal sealed unsafe class MappedFile : IDisposable
{
    /// <summary>Of a page that is in memory, beside asking whether a page is.</summary>
    public const int CostOfReading = 128;

    private const int PagesAtOnce = 1024;

    private static readonly int s_pageSize = Environment.SystemPageSize;

    private readonly byte* _map;
    private readonly nuint _mapLength;
    private readonly ulong _end;
    private readonly (uint Major, uint Minor, ulong Inode) _identity;
    private int _descriptor;

    private MappedFile(byte* map, nuint mapLength, bool isWritable, ulong offset, ulong end, in statx status, int descriptor)
    {
        IsWritable = isWritable;
        _map = map;
        _mapLength = mapLength;
        _end = end;
        _identity = (status.stx_dev_major, status.stx_dev_minor, status.stx_ino);
        _descriptor = descriptor;
        Base = map + offset;
    }

    /// <summary>The first byte of the piece.</summary>
    public byte* Base { get; }

    /// <summary>False: the descriptor may only be read, and writing to the piece would end this process (SIGSEGV).</summary>
    public bool IsWritable { get; }

    /// <summary>A seal forbids that the file becomes shorter (<c>F_SEAL_SHRINK</c>).</summary>
    public bool IsSealed => _descriptor < 0;

    /// <summary>Maps a piece of a regular file: a memfd, or a file on tmpfs or hugetlbfs.</summary>
    /// <param name="offset">Where in the file the piece begins.</param>
    /// <param name="size">Its bytes.</param>
    /// <param name="descriptor">Belongs to this method from now on, whatever it returns.</param>
    /// <param name="reason">Why not, when the result is null.</param>
    public static MappedFile? TryMap(ulong offset, ulong size, int descriptor, out string? reason)
    {
        MappedFile? mapped = Map(offset, size, descriptor, out reason);
        // A mapping lives on without its descriptor, which is kept only to ask for the length.
        if (mapped is null || mapped.IsSealed)
            _ = close(descriptor);
        return mapped;
    }

    /// <summary>Whether both are of one file.</summary>
    public bool IsSameFile(MappedFile other) => _identity == other._identity;

    /// <summary>False when the file is shorter now than what was mapped of it. A system call for a file that is not sealed.</summary>
    public bool IsWhole() => IsSealed || (TryStat(_descriptor, STATX_SIZE, out statx status) && status.stx_size >= _end);

    /// <summary>Whether the pages of the piece that are in memory hold nothing but zeros.</summary>
    /// <param name="size">Bytes of the piece.</param>
    /// <param name="left">What it may still cost, see <see cref="CostOfReading"/>; what is not looked at counts as zeros.</param>
    public bool IsBlank(ulong size, ref int left)
    {
        byte* present = stackalloc byte[PagesAtOnce];
        byte* end = Base + size;
        for (byte* at = Base - ((nuint)Base % (nuint)s_pageSize); at < end && left > 0; at += PagesAtOnce * s_pageSize)
        {
            int pages = (int)Math.Min(PagesAtOnce, (end - at + s_pageSize - 1) / s_pageSize);
            if (mincore(at, pages * s_pageSize, present) != 0)
                return true;
            left -= pages;
            for (int i = 0; i < pages && left > 0; i++)
            {
                if ((present[i] & 1) == 0)
                    continue;
                left -= CostOfReading;
                if (new ReadOnlySpan<byte>(at + (i * s_pageSize), s_pageSize).ContainsAnyExcept((byte)0))
                    return false;
            }
        }

        return true;
    }

    public void Dispose()
    {
        _ = munmap(_map, (size_t)_mapLength);
        if (_descriptor >= 0)
            _ = close(_descriptor);
        _descriptor = -1;
    }

    private static MappedFile? Map(ulong offset, ulong size, int descriptor, out string? reason)
    {
        ulong end = offset + size;
        if (size == 0 || end < size || end > long.MaxValue)
        {
            reason = $"size 0x{size:x} at offset 0x{offset:x} is no piece of a file";
            return null;
        }

        // Before the length is read, so that it holds from then on.
        bool isSealed = fcntl(descriptor, F_ADD_SEALS, F_SEAL_SHRINK) == 0
            || fcntl(descriptor, F_GET_SEALS, 0) is >= 0 and int seals && (seals & F_SEAL_SHRINK) != 0;
        if (!TryStat(descriptor, STATX_BASIC_STATS, out statx status) || (status.stx_mode & S_IFMT) != S_IFREG)
        {
            reason = "the descriptor is not a regular file";
            return null;
        }

        if (end > status.stx_size)
        {
            reason = $"size 0x{size:x} at offset 0x{offset:x} is beyond the file's length 0x{status.stx_size:x}";
            return null;
        }

        // From the start of the file, and in whole blocks: both are what hugetlbfs demands.
        ulong block = Math.Max(status.stx_blksize, 1);
        var length = (nuint)((end + block - 1) / block * block);
        void* map = mmap(null, (size_t)length, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
        // Opened for reading, or sealed against writing.
        bool isWritable = map != MAP_FAILED || (errno != EACCES && errno != EPERM);
        if (!isWritable)
            map = mmap(null, (size_t)length, PROT_READ, MAP_SHARED, descriptor, 0);
        if (map == MAP_FAILED)
        {
            reason = $"size 0x{size:x} at offset 0x{offset:x} cannot be mapped: {Marshal.GetPInvokeErrorMessage(errno)}";
            return null;
        }

        reason = null;
        return new MappedFile((byte*)map, length, isWritable, offset, end, status, isSealed ? -1 : descriptor);
    }

    private static bool TryStat(int descriptor, uint mask, out statx status)
    {
        byte empty = 0;
        fixed (statx* result = &status)
        {
            return LibC.statx(descriptor, &empty, AT_EMPTY_PATH, mask, result) == 0;
        }
    }
}
