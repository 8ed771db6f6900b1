using System.Globalization;
using System.Runtime.InteropServices;
using QemuL2tp.Options;
using static Tmds.Linux.LibC;

namespace QemuL2tp.Cli.Exec;

/// <summary>The back end beside QEMU: this same program.</summary>
/// <param name="words">Its command line, but for what is added here.</param>
/// <param name="lifeline">Ties it to QEMU.</param>
/// <param name="descriptors">The front ends' descriptors.</param>
internal sealed class BackEndProcess(IReadOnlyList<string> words, Lifeline lifeline, IReadOnlyCollection<int> descriptors)
{
    private readonly (int Read, int Write) _ready = Descriptors.NewPipe();

    /// <summary>The whole command line.</summary>
    public string[] Words =>
    [
        .. OwnProgram.Words, .. words,
        "--ready-fd", _ready.Write.ToString(CultureInfo.InvariantCulture),
        "--exit-fd", lifeline.BackEnd.ToString(CultureInfo.InvariantCulture),
    ];

    /// <summary>Starts it and waits until frames can flow.</summary>
    /// <param name="leavesStderr">
    /// QEMU will leave its stderr, by <c>-daemonize</c>: whoever reads that to its end must not have to wait for the back end. What it
    /// says until it is ready is passed on, the rest nobody reads.
    /// </param>
    /// <returns>Whether it is ready; if not, it has ended and has said why.</returns>
    /// <exception cref="UserErrorException">It cannot be started.</exception>
    public bool Start(bool leavesStderr)
    {
        (int Read, int Write)? said = leavesStderr ? Descriptors.NewPipe() : null;
        ChildProcess child = ChildProcess.Start(Words, [.. descriptors, lifeline.BackEnd, _ready.Write], null, said?.Write ?? Descriptors.Stderr, out int error)
            ?? throw new UserErrorException($"{ByteWords.ToText(Words[0])} cannot be started: {Marshal.GetPInvokeErrorMessage(error)}");
        foreach (int descriptor in descriptors.Append(lifeline.BackEnd).Append(_ready.Write))
            _ = close(descriptor);
        bool isReady = Descriptors.ReadText(_ready.Read, until: '1').Length > 0;
        if (!isReady)
            _ = child.Wait();
        if (said is { } pipe)
            PassOn(pipe);
        return isReady;
    }

    private static void PassOn((int Read, int Write) pipe)
    {
        _ = close(pipe.Write);
        Descriptors.Check(fcntl(pipe.Read, F_SETFL, O_NONBLOCK));
        Stderr.Write(Descriptors.ReadText(pipe.Read));
    }
}
