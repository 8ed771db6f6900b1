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

    /// <summary>A warning about an option as it stands on the command line, in QEMU's order: program, option, severity.</summary>
    public void WarnAbout(string option, string warning)
    {
        if (IsEnabled(EventLevel.Warning))
            Stderr.WriteLine($"qemu-l2tp: {option}: warning: {warning}");
    }

    private bool IsEnabled(EventLevel wanted) => wanted <= level;
}
