using QemuL2tp.Frames;

namespace QemuL2tp.Hosting;

/// <summary>For those who do not want to be told anything.</summary>
internal sealed class SilentLog : IEventLog
{
    public void Write(EventLevel level, string message)
    {
        // Nobody listens.
    }
}
