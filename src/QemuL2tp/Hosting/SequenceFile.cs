using System.IO.MemoryMappedFiles;
using Microsoft.Win32.SafeHandles;
using QemuL2tp.Frames;
using QemuL2tp.Options;

namespace QemuL2tp.Hosting;

/// <summary>
/// Keeps the number of <c>x-seq=rfc3931</c> across restarts: a Linux peer with <c>seq recv</c> ignores a sender that begins
/// again at 0 for as many packets as it had sent before. The file is mapped, so that each number is in it as soon as it is
/// taken, even when the process is killed, without a system call.
/// </summary>
internal sealed unsafe class SequenceFile : IDisposable
{
    /// <summary>
    /// How far the number is moved on when the host went down without a clean end: the file may lack what was sent in the half
    /// minute before that. A peer takes a jump below 2^23 for losses; more than this would use that up in a few such ends.
    /// </summary>
    public const uint Jump = 1 << 20;

    private const uint Mask = 0xff_ffff;

    /// <summary>From here on Linux ignores the first number of a session (l2tp_core.c tests its window before anything else).</summary>
    private const uint TooHighForNewSession = 0x7f_ffff;

    private readonly SafeFileHandle _file;
    private readonly MemoryMappedFile _map;
    private readonly MemoryMappedViewAccessor _view;
    private SequencePage* _page;

    private SequenceFile(SafeFileHandle file)
    {
        _file = file;
        _map = MemoryMappedFile.CreateFromFile(file, null, SequencePage.Length, MemoryMappedFileAccess.ReadWrite, HandleInheritability.None, leaveOpen: true);
        _view = _map.CreateViewAccessor(0, SequencePage.Length);
        byte* start = null;
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
        _page = (SequencePage*)start;
    }

    /// <summary>The number of the next packet; whoever sends it adds one, modulo 2^24. Valid until <see cref="Dispose"/>.</summary>
    public uint* NextNumber => &_page->NextNumber;

    /// <summary>Opens or creates the file of a pseudowire and says in the log where its numbers go on.</summary>
    /// <param name="options">The pseudowire.</param>
    /// <param name="path">Where; null: there is no place.</param>
    /// <param name="boot">The kernel's present run.</param>
    /// <param name="log">Also receives the warning that the number cannot be kept.</param>
    /// <returns>Null when it cannot be kept; numbers then begin at 0.</returns>
    /// <exception cref="UserErrorException">The file is in use, or it is something else.</exception>
    public static SequenceFile? Open(L2tpv3Options options, string? path, Guid boot, IEventLog log)
    {
        try
        {
            return Open(options, path ?? throw new IOException("none of STATE_DIRECTORY, XDG_STATE_HOME and HOME is set"), boot, message => log.Write(EventLevel.Info, $"{options.Id}: {message}"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            log.Write(
                EventLevel.Warning,
                $"{options.Id}: the sequence number cannot be kept{(path is null ? "" : $" in {path}")} ({SystemWords.For(e, path ?? "")}) and starts at 0: after a restart of this program a Linux peer with 'seq recv' "
                + "ignores up to 8388609 packets, unless its session is created anew; give x-seq-file=PATH in a directory that this user may write to");
            return null;
        }
    }

    /// <summary>Finds what <see cref="Open(L2tpv3Options, string?, Guid, IEventLog)"/> would refuse, and changes nothing.</summary>
    /// <param name="path">Where; null: there is no place.</param>
    /// <returns>Keeps others from using the file; null when there is none yet.</returns>
    /// <exception cref="UserErrorException">The file is in use, or it is something else.</exception>
    public static SafeFileHandle? Lock(string? path)
    {
        if (path is null || FilePlace.TypeOf(path) == 0)
            return null;
        SafeFileHandle? file = null;
        try
        {
            file = LockedFile.Open(path);
            _ = Read(file, path);
            return file;
        }
        catch (IOException) // Open only warns of it.
        {
            file?.Dispose();
            return null;
        }
        catch
        {
            file?.Dispose();
            throw;
        }
    }

    /// <summary>The kernel's present run; where it cannot be known, one that never was before.</summary>
    public static Guid CurrentBoot
    {
        get
        {
            try
            {
                return Guid.Parse(File.ReadAllText("/proc/sys/kernel/random/boot_id").AsSpan().Trim());
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or FormatException)
            {
                return Guid.NewGuid();
            }
        }
    }

    /// <summary>Notes that the number is exact. Only when nobody uses <see cref="NextNumber"/> any more.</summary>
    public void Dispose()
    {
        if (_page is null)
            return;
        _page->Boot = Guid.Empty;
        _page = null;
        try
        {
            _view.Flush();
        }
        catch (IOException)
        {
            // The kernel has the page, which is enough unless the host goes down too.
        }

        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
        _map.Dispose();
        _file.Dispose();
    }

    private static SequenceFile Open(L2tpv3Options options, string path, Guid boot, Action<string> tell)
    {
        SafeFileHandle file = LockedFile.Open(path);
        try
        {
            SequencePage page = SequencePage.For(options);
            SequencePage old = Read(file, path);
            (page.NextNumber, string news) = old.IsBlank ? (0, "start at 0")
                : !old.IsOfSamePseudowireAs(page) ? (0, "start at 0, for this was the file of a pseudowire between other addresses or with another session")
                : Continue(old, boot);
            page.Boot = boot;
            RandomAccess.Write(file, page.Bytes, 0);
            RandomAccess.FlushToDisk(file); // Or a crash within the next half minute would pass for a clean end.
            tell($"sequence numbers are kept in {path} and {news}");
            return new SequenceFile(file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <exception cref="UserErrorException">It is not one of our files.</exception>
    private static SequencePage Read(SafeFileHandle file, string path)
    {
        SequencePage page = default;
        long length = RandomAccess.GetLength(file);
        if (length == 0)
            return page;
        if (length != SequencePage.Length || RandomAccess.Read(file, page.Bytes, 0) != SequencePage.Length || !(page.IsBlank || page.IsOurs))
            throw new UserErrorException($"{path} is not a sequence file", "It was left as it is: name another file by x-seq-file=PATH, or remove it if nobody needs it.") { Option = "x-seq-file", Value = path };
        return page;
    }

    private static (uint Number, string News) Continue(in SequencePage old, Guid boot)
    {
        bool isExact = old.Boot == Guid.Empty || old.Boot == boot;
        uint number = (old.NextNumber + (isExact ? 0 : Jump)) & Mask;
        string news = isExact ? $"go on at {number}" : $"go on at {number}, {Jump} ahead, because the host went down without a clean end";
        return (number, number < TooHighForNewSession ? news : $"{news}; remove the file if the peer's session was created anew, for Linux ignores such a high number at first");
    }
}
