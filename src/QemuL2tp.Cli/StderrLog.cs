using QemuL2tp.Frames;

namespace QemuL2tp.Cli;

/// <summary>Events for a person: one line each on stderr, in the shape of QEMU's own messages.</summary>
internal sealed class StderrLog(EventLevel level) : IEventLog
{
    public void Write(EventLevel wanted, string message)
    {
        if (!IsEnabled(wanted))
            return;
        string mark = wanted switch
        {
            EventLevel.Warning => "warning: ",
            EventLevel.Debug => "debug: ",
            _ => "",
        };
        Stderr.WriteLine($"qemu-l2tp: {mark}{message}");
    }

    /// <summary>A warning that says itself what it is and about what, in QEMU's order: program, option, severity.</summary>
    public void Warn(string warning)
    {
        if (IsEnabled(EventLevel.Warning))
            Stderr.WriteLine($"qemu-l2tp: {warning}");
    }

    private bool IsEnabled(EventLevel wanted) => wanted <= level;
}
