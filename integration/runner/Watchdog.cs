using System.Diagnostics;

namespace QemuL2tp.Integration.Runner;

/// <summary>Ends a run in which a case neither ends nor fails: with its name, and with what had been found out before.</summary>
internal sealed class Watchdog : IDisposable
{
    /// <summary>Longer than every patience in a scenario.</summary>
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(30);
    private readonly Lock _gate = new();
    private readonly Action<string> _end;
    private readonly Timer _timer;
    private string _name = "the beginning";
    private long _since = Stopwatch.GetTimestamp(); // Clock: nothing else is there that tells a hang.

    /// <param name="end">Called with the name of what hangs.</param>
    public Watchdog(Action<string> end)
    {
        _end = end;
        _timer = new Timer(_ => Look(), null, TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(10));
    }

    public void Note(string name)
    {
        lock (_gate)
        {
            _name = name;
            _since = Stopwatch.GetTimestamp(); // Clock: as above.
        }
    }

    public void Dispose() => _timer.Dispose();

    private void Look()
    {
        string name;
        lock (_gate)
        {
            if (Stopwatch.GetElapsedTime(_since) < s_limit)
            {
                return;
            }

            name = _name;
        }

        _end($"{name}: no end in {s_limit.TotalMinutes:0} minutes");
    }
}
