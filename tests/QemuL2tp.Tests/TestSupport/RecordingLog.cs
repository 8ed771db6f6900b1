using System.Collections.Concurrent;
using QemuL2tp.Frames;

namespace QemuL2tp.Tests.TestSupport;

/// <summary>Keeps every event.</summary>
internal sealed class RecordingLog : IEventLog
{
    public ConcurrentQueue<(EventLevel Level, string Message)> Events { get; } = new();

    public IEnumerable<string> Messages => Events.Select(e => e.Message);

    public void Write(EventLevel level, string message) => Events.Enqueue((level, message));
}
