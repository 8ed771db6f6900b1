using CommandLine;
using QemuL2tp.Frames;

namespace QemuL2tp.Cli;

/// <summary>The command line of <see cref="BackEnd"/>.</summary>
internal sealed class RunOptions
{
    [Option("netdev", MetaValue = "l2tpv3,...", HelpText = "A pseudowire, in the very text of QEMU's -netdev l2tpv3 (or its JSON form). Repeatable; -netdev is the same.")]
    public IEnumerable<string> Netdevs { get; set; } = [];

    [Option("net", MetaValue = "l2tpv3,...", HelpText = "The same in the text of QEMU's old -net l2tpv3[,vlan=n][,name=name]. Repeatable.")]
    public IEnumerable<string> Nets { get; set; } = [];

    [Option("frontend", MetaValue = "stream|dgram|vhost-user|socket,...", HelpText = "Where QEMU connects: the mirror image of its -netdev stream, dgram or socket, or -chardev socket for vhost-user. With several pseudowires each names its own by id=. Without: a stream socket that listens under $XDG_RUNTIME_DIR/qemu-l2tp/ID.sock.")]
    public IEnumerable<string> Frontends { get; set; } = [];

    [Option("socket-path", MetaValue = "PATH", HelpText = "The same as --frontend vhost-user,path=PATH,server=on, as the conventions of vhost-user back ends have it; for a single pseudowire.")]
    public string? SocketPath { get; set; }

    [Option("fd", MetaValue = "FD", HelpText = "The same as --frontend vhost-user,fd=FD, for an inherited descriptor that is connected to QEMU; for a single pseudowire.")]
    public int? SocketDescriptor { get; set; }

    [Option("config", MetaValue = "FILE", HelpText = "Pseudowires and front ends from a file, one option text per line; SIGHUP reads it again. Repeatable.")]
    public IEnumerable<string> ConfigFiles { get; set; } = [];

    [Option("print-capabilities", HelpText = "Print what kind of vhost-user back end this is, as JSON, and do nothing else.")]
    public bool PrintCapabilities { get; set; }

    [Option("qmp", MetaValue = "unix:PATH,server=on", HelpText = "A control socket that speaks QMP: netdev_add, netdev_del, set_link, query-netdev-stats, events.")]
    public string? Qmp { get; set; }

    [Option("threads", MetaValue = "1|2", Default = 1, HelpText = "1: both directions of a tunnel on one thread, which tunnels share. 2: a thread for each direction of each.")]
    public int Threads { get; set; }

    [Option("ready-fd", MetaValue = "FD", HelpText = "Write \"1\" to this inherited descriptor when ready, and close it.")]
    public int? ReadyDescriptor { get; set; }

    [Option("exit-fd", MetaValue = "FD", HelpText = "End when this inherited descriptor becomes readable or its other end is closed.")]
    public int? ExitDescriptor { get; set; }

    [Option("one-off", HelpText = "End when QEMU has disconnected (with several pseudowires: when each has).")]
    public bool OneOff { get; set; }

    [Option("pid-file", MetaValue = "FILE", HelpText = "Write the process ID to FILE when ready; removed at the end.")]
    public string? PidFile { get; set; }

    [Option("log-level", MetaValue = "error|warning|info|debug", Default = EventLevel.Info, HelpText = "How much is told on stderr.")]
    public EventLevel LogLevel { get; set; }

    [Option("statistics", MetaValue = "end|signal", Default = StatisticsTime.End, HelpText = "When statistics are printed: at the end and on SIGUSR1, or on SIGUSR1 only.")]
    public StatisticsTime Statistics { get; set; }

    /// <summary>Whether pseudowires may come while it runs, from a file or by a command.</summary>
    internal bool CanGrow => ConfigFiles.Any() || Qmp is not null;
}

/// <summary>When statistics are printed.</summary>
internal enum StatisticsTime
{
    /// <summary>At the end, and whenever a signal asks for them.</summary>
    End,

    /// <summary>Only when a signal asks for them.</summary>
    Signal,
}
