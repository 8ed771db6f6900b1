using System.Runtime.InteropServices;

namespace QemuL2tp.Cli;

/// <summary>Prints the statistics of all links on stderr, on SIGUSR1 and when asked.</summary>
internal sealed class StatisticsOnSignal : IDisposable
{
    private const PosixSignal Usr1 = (PosixSignal)10;

    private readonly IReadOnlyCollection<RunningLink> _links;
    private readonly PosixSignalRegistration _registration;

    public StatisticsOnSignal(IReadOnlyCollection<RunningLink> links)
    {
        _links = links;
        _registration = PosixSignalRegistration.Create(Usr1, context =>
        {
            context.Cancel = true;
            Print();
        });
    }

    public void Print()
    {
        foreach (RunningLink link in _links)
            Stderr.Write(StatisticsText.For(link));
    }

    public void Dispose() => _registration.Dispose();
}
