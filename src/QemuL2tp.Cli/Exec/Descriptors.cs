using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using QemuL2tp.Options;
using static Tmds.Linux.LibC;

namespace QemuL2tp.Cli.Exec;

/// <summary>Descriptors that other processes get. All are made close-on-exec; each process is given its own by name.</summary>
internal static unsafe class Descriptors
{
    public const int Stdin = 0;
    public const int Stdout = 1;
    public const int Stderr = 2;

    /// <exception cref="UserErrorException">There are no more.</exception>
    public static (int Ours, int Theirs) NewSocketPair()
    {
        int* pair = stackalloc int[2];
        Check(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair));
        return (pair[0], pair[1]);
    }

    /// <inheritdoc cref="NewSocketPair"/>
    public static (int Read, int Write) NewPipe()
    {
        int* pair = stackalloc int[2];
        Check(pipe2(pair, O_CLOEXEC));
        return (pair[0], pair[1]);
    }

    /// <summary>The program that this process becomes has it too.</summary>
    public static void KeepOnExec(int descriptor) => Check(fcntl(descriptor, F_SETFD, 0));

    /// <summary>What this process was given beside the standard ones, and gives to the program that it becomes.</summary>
    public static List<int> KeptOnExec() =>
    [
        .. Directory.GetFileSystemEntries("/proc/self/fd")
            .Select(path => int.Parse(Path.GetFileName(path), CultureInfo.InvariantCulture))
            .Where(number => number > Stderr && fcntl(number, F_GETFD, 0) is >= 0 and var flags && (flags & FD_CLOEXEC) == 0),
    ];

    /// <summary>Reads until the other end is closed, or the text holds what is waited for.</summary>
    public static string ReadText(int descriptor, char? until = null)
    {
        var text = new StringBuilder();
        byte* bytes = stackalloc byte[4096];
        for (; ; )
        {
            long count = read(descriptor, bytes, 4096);
            if (count < 0 && errno == EINTR)
                continue;
            if (count <= 0)
                return text.ToString();
            text.Append(Encoding.UTF8.GetString(bytes, (int)count));
            if (until is { } end && text.ToString().Contains(end, StringComparison.Ordinal))
                return text.ToString();
        }
    }

    public static int Check(int result) => result >= 0 ? result : throw new UserErrorException(
        $"no descriptor for QEMU: {Marshal.GetPInvokeErrorMessage(errno)}", "Raise the limit of open files (ulimit -n, LimitNOFILE=).");
}
