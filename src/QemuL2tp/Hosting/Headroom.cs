using QemuL2tp.Options;
using static Tmds.Linux.LibC;

namespace QemuL2tp.Hosting;

/// <summary>
/// Keeps descriptors for the runtime, which needs two for each thread that it starts: when a thread of its own pool gets none, it
/// ends the process.
/// </summary>
internal static class Headroom
{
    private const int Descriptors = 32;

    /// <exception cref="UserErrorException">Fewer are free.</exception>
    public static unsafe void Require()
    {
        int* taken = stackalloc int[Descriptors];
        int count = 0;
        taken[0] = eventfd(0, EFD_CLOEXEC);
        while (taken[count] >= 0 && ++count < Descriptors)
            taken[count] = fcntl(taken[0], F_DUPFD_CLOEXEC, 0);
        for (int i = 0; i < count; i++)
            _ = close(taken[i]);
        if (count < Descriptors)
            throw new UserErrorException($"fewer than {Descriptors} descriptors are free", "Raise this process's limit of open files (ulimit -n, LimitNOFILE=).");
    }
}
