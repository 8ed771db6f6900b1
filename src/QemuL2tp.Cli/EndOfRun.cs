using System.Runtime.InteropServices;
using QemuL2tp.Options;
using Tmds.Linux;

namespace QemuL2tp.Cli;

/// <summary>Everything that can end the process: a signal, the exit descriptor, the last connection.</summary>
internal sealed class EndOfRun
{
    private readonly TaskCompletionSource _ended = new();
    private readonly bool _isOneOff;
    private int _openLinks;

    /// <summary>To be made before anything that must be cleaned up.</summary>
    /// <exception cref="UserErrorException">The exit descriptor is not open.</exception>
    public EndOfRun(CommandLineOptions commandLine)
    {
        _isOneOff = commandLine.OneOff;
        if (commandLine.ExitDescriptor is { } descriptor)
            Watch(descriptor);
        foreach (PosixSignal signal in new[] { PosixSignal.SIGTERM, PosixSignal.SIGINT, PosixSignal.SIGHUP })
            Signals.On(signal, End);
    }

    /// <summary>Counts the last connections of these links as a reason to end; before they start.</summary>
    /// <exception cref="UserErrorException">The end of a connection is waited for where there is none.</exception>
    public void Follow(IReadOnlyCollection<RunningLink> links)
    {
        if (_isOneOff && links.FirstOrDefault(link => !link.Plan.Frontend.Value.HasConnection) is { } endless)
        {
            throw new UserErrorException(
                $"{endless.Plan.Frontend.Origin}: --one-off waits for the end of a connection, and these datagrams have none",
                "Leave --one-off out and end the program by a signal or --exit-fd, or use --frontend stream,… or dgram,local.type=fd,….");
        }

        _openLinks = links.Count;
        foreach (RunningLink link in links)
            link.Guest.Disconnected = canFollow => OnDisconnected(link, _isOneOff || !canFollow);
    }

    public void Wait() => _ended.Task.Wait();

    private void End() => _ended.TrySetResult();

    private void OnDisconnected(RunningLink link, bool isLast)
    {
        if (!isLast)
            return;
        link.Guest.Disconnected = null;
        if (Interlocked.Decrement(ref _openLinks) == 0)
            End();
    }

    private unsafe void Watch(int descriptor)
    {
        InheritedDescriptor.Require("--exit-fd", descriptor);
        var thread = new Thread(() =>
        {
            pollfd query = new() { fd = descriptor, events = LibC.POLLIN };
            while (LibC.poll(&query, 1, -1) < 0 && LibC.errno == LibC.EINTR)
            {
            }

            End();
        })
        { IsBackground = true, Name = "exit-fd" };
        thread.Start();
    }
}
