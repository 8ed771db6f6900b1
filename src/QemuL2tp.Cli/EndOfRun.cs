using System.Runtime.InteropServices;
using QemuL2tp.Hosting;
using QemuL2tp.Linux;
using QemuL2tp.Options;
using Tmds.Linux;

namespace QemuL2tp.Cli;

/// <summary>Everything that can end the process: a signal, the exit descriptor, the last connection.</summary>
/// <param name="commandLine">Says which of them do.</param>
internal sealed class EndOfRun(RunOptions commandLine)
{
    private readonly TaskCompletionSource _ended = new();
    private readonly HashSet<Pseudowire> _open = [];

    /// <summary>From now on signals and the exit descriptor end the process. To be called before anything is there that must be cleaned up.</summary>
    /// <exception cref="UserErrorException">The exit descriptor is not open.</exception>
    public void Watch()
    {
        if (commandLine.ExitDescriptor is { } descriptor)
            Watch(descriptor);
        PosixSignal[] hangUp = commandLine.ConfigFiles.Any() ? [] : [PosixSignal.SIGHUP];
        foreach (PosixSignal signal in hangUp.Concat([PosixSignal.SIGTERM, PosixSignal.SIGINT]))
            Signals.On(signal, End);
    }

    /// <summary>To be asked before a pseudowire of the command line is opened.</summary>
    /// <exception cref="UserErrorException">The end of its connection is to be waited for, and there is none.</exception>
    public void RequireConnection(PseudowirePlan plan)
    {
        if (!commandLine.OneOff || plan.Frontend.Value.HasConnection)
            return;
        throw new UserErrorException(
            $"{plan.Frontend.Origin}: --one-off waits for the end of a connection, and these datagrams have none",
            "Leave --one-off out and end the program by a signal or --exit-fd, or use --frontend stream,… or dgram,local.type=fd,….")
        {
            Option = "--one-off",
        };
    }

    /// <summary>
    /// QEMU has disconnected from a pseudowire; the last one of all is a reason to end. It is none without <c>--one-off</c> when there is an
    /// exit descriptor, for QEMU's netdev_del closes a connection too, or when more pseudowires may come. On any thread.
    /// </summary>
    public void OnDisconnected(Pseudowire pseudowire, bool canFollow)
    {
        if (!commandLine.OneOff && (canFollow || commandLine.CanGrow || commandLine.ExitDescriptor is not null))
            return;
        lock (_open)
        {
            if (_open.Remove(pseudowire) && _open.Count == 0)
                End();
        }
    }

    /// <summary>A pseudowire is there whose QEMU has not gone yet.</summary>
    public void Opened(Pseudowire pseudowire)
    {
        lock (_open)
            _ = _open.Add(pseudowire);
    }

    /// <summary>A pseudowire was taken away, which is no reason to end.</summary>
    public void Closed(Pseudowire pseudowire)
    {
        lock (_open)
            _ = _open.Remove(pseudowire);
    }

    /// <summary>Completes when there is a reason to end.</summary>
    public Task Ended => _ended.Task;

    /// <summary>Ends the process as a signal does.</summary>
    public void End() => _ended.TrySetResult();

    private unsafe void Watch(int descriptor)
    {
        InheritedDescriptor.Require("--exit-fd", descriptor);
        var thread = new Thread(() =>
        {
            pollfd query = new() { fd = descriptor, events = LibC.POLLIN };
            while (Glibc.poll(&query, 1, -1) < 0 && LibC.errno == LibC.EINTR)
            {
            }

            End();
        })
        { IsBackground = true, Name = "exit-fd" };
        thread.Start();
    }
}
