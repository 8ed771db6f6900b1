using CommandLine;
using QemuL2tp.Frames;

namespace QemuL2tp.Cli.Exec;

/// <summary>The command line of <see cref="ExecCommand"/>, up to QEMU's.</summary>
internal sealed class ExecOptions
{
    [Option("frontend", MetaValue = "auto|stream|vhost-user", Default = "auto", HelpText = "What takes the place of l2tpv3. auto: vhost-user where the NIC is virtio and the guest's memory is shared already, else a stream socket. vhost-user: makes the guest's memory shared where it is not.")]
    public string Frontend { get; set; } = "auto";

    [Option("dry-run", HelpText = "Print the command lines of the back end and of QEMU, one per line, and start nothing; a mistake that a run would find is found.")]
    public bool DryRun { get; set; }

    [Option("qmp", MetaValue = "unix:PATH,server=on", HelpText = "A control socket of the back end that speaks QMP.")]
    public string? Qmp { get; set; }

    [Option("threads", MetaValue = "1|2", Default = 1, HelpText = "Threads of each tunnel: one for both directions, or one for each.")]
    public int Threads { get; set; }

    [Option("pid-file", MetaValue = "FILE", HelpText = "Write the back end's process ID to FILE when ready; removed at the end.")]
    public string? PidFile { get; set; }

    [Option("log-level", MetaValue = "error|warning|info|debug", Default = EventLevel.Warning, HelpText = "How much the back end tells on stderr; with info statistics at the end too.")]
    public EventLevel LogLevel { get; set; }
}
