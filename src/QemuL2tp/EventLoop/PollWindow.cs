using System.Diagnostics;

namespace QemuL2tp.EventLoop;

/// <summary>Whether to look for frames again instead of sleeping: for so long after the last one.</summary>
/// <param name="microseconds">How long; 0: never.</param>
internal sealed class PollWindow(int microseconds)
{
    private readonly long _ticks = microseconds * Stopwatch.Frequency / 1_000_000;
    private long _lastFrame;

    public bool IsOpen => _ticks > 0 && Stopwatch.GetTimestamp() - _lastFrame < _ticks;

    /// <summary>Frames have come.</summary>
    public void Open()
    {
        if (_ticks > 0)
            _lastFrame = Stopwatch.GetTimestamp();
    }
}
