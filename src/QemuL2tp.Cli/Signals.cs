using System.Runtime.InteropServices;
using QemuL2tp.Linux;
using Tmds.Linux;

namespace QemuL2tp.Cli;

/// <summary>
/// Signals that do something else than end the process at once. They stay watched until the process is gone, so that one
/// that comes late does not cut the cleaning up short.
/// </summary>
internal static class Signals
{
    /// <summary>SIGUSR1 on Linux, except on MIPS.</summary>
    public const PosixSignal Usr1 = (PosixSignal)10;

    private static readonly List<PosixSignalRegistration> s_registrations = [];

    /// <summary>The same for SIGHUP, even if it was ignored when the program started (nohup(1)), where the runtime would leave it so.</summary>
    public static unsafe void OnHangUp(Action action)
    {
        _ = Glibc.signal(LibC.SIGHUP, LibC.SIG_DFL);
        On(PosixSignal.SIGHUP, action);
    }

    /// <summary>Calls <paramref name="action"/>, on a thread of the runtime, in place of what the signal does by itself.</summary>
    public static void On(PosixSignal signal, Action action) =>
        s_registrations.Add(PosixSignalRegistration.Create(signal, context =>
        {
            context.Cancel = true;
            action();
        }));
}
