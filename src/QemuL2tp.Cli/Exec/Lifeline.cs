using QemuL2tp.Linux;
using QemuL2tp.Options;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace QemuL2tp.Cli.Exec;

/// <summary>
/// A socket pair that ties QEMU and the back end together, however either of them ends. The back end ends when QEMU's end is closed
/// (<c>--exit-fd</c>). When the back end's is closed, the kernel sends QEMU SIGTERM: its end says so by F_SETSIG and O_ASYNC, which stay
/// with the descriptor when this process becomes QEMU.
/// </summary>
/// <param name="BackEnd">The back end's end.</param>
/// <param name="Qemu">The end of this process, which QEMU keeps and does not know of.</param>
internal sealed record Lifeline(int BackEnd, int Qemu)
{
    /// <exception cref="UserErrorException">There are no more descriptors.</exception>
    public static Lifeline Create()
    {
        (int qemu, int backEnd) = Descriptors.NewSocketPair();
        return new Lifeline(backEnd, qemu);
    }

    /// <summary>From now on this process, whatever it becomes, gets SIGTERM when the back end is gone.</summary>
    /// <exception cref="UserErrorException">It is gone already.</exception>
    public unsafe void Tie()
    {
        Descriptors.Check(fcntl(Qemu, F_SETOWN, Environment.ProcessId));
        Descriptors.Check(fcntl(Qemu, F_SETSIG, SIGTERM));
        Descriptors.Check(fcntl(Qemu, F_SETFL, Descriptors.Check(fcntl(Qemu, F_GETFL, 0)) | O_ASYNC));
        pollfd query = new() { fd = Qemu, events = POLLIN };
        if (Glibc.poll(&query, 1, 0) != 0)
            throw new UserErrorException("the back end has ended before QEMU could be started");
    }
}
