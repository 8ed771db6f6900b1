using QemuL2tp.Integration.Peers;

namespace QemuL2tp.Performance;

/// <summary>A program that does the job: the guest's frames to L2TPv3 packets and back.</summary>
internal sealed record Forwarder(string Name, Func<Lane, IReadOnlyList<string>> Command)
{
    private static readonly string? s_compared = Environment.GetEnvironmentVariable("COMPARE");
    private static readonly bool s_isPair = !string.IsNullOrEmpty(Environment.GetEnvironmentVariable("PAIR"));

    /// <summary>The program under test. NETDEV_OPTIONS adds to its -netdev.</summary>
    public static Forwarder Ours { get; } = new("qemu-l2tp", lane => Program(lane, Settings.Program));

    /// <summary>QEMU without a machine: a hub between its own stream and l2tpv3.</summary>
    public static Forwarder Qemu { get; } = new("QEMU", lane =>
    [
        Settings.Qemu, "-M", "none", "-nodefaults", "-display", "none",
        "-netdev", $"stream,id=s,server=on,addr.type=unix,addr.path={lane.SocketPath}",
        "-netdev", Netdev(lane),
        "-netdev", "hubport,id=h1,hubid=0,netdev=s",
        "-netdev", "hubport,id=h2,hubid=0,netdev=n",
    ]);

    /// <summary>The least in C, one datagram per frame.</summary>
    public static Forwarder Plain { get; } = new("C plain", lane => Limit(lane, "plain"));

    /// <summary>The least in C with UDP_SEGMENT and UDP_GRO.</summary>
    public static Forwarder Offload { get; } = new("C GSO/GRO", lane => Limit(lane, "offload"));

    /// <summary>The program under test on a stream, where a row is of vhost-user, which no other program has.</summary>
    public static Forwarder ByStream { get; } = new("qemu-l2tp by stream", Ours.Command);

    /// <summary>What COMPARE names: a program with the command line of ours, to be held against it.</summary>
    public static Forwarder? Other { get; } =
        string.IsNullOrEmpty(s_compared) ? null : new(ColumnName.Of(s_compared, Ours.Name, Qemu.Name, Plain.Name, Offload.Name, ByStream.Name), lane => Program(lane, s_compared));

    /// <summary>Those of the table; with PAIR only the program under test and what it is compared with.</summary>
    public static IReadOnlyList<Forwarder> All { get; } = Other is { } other ? s_isPair ? [Ours, other] : [Ours, other, Qemu, Plain, Offload] : [Ours, Qemu, Plain, Offload];

    /// <summary>Those of the table of vhost-user: ours and the compared one speak it, the others do the same by stream.</summary>
    public static IReadOnlyList<Forwarder> AllOfVhostUser { get; } = Other is { } other ? s_isPair ? All : [Ours, other, ByStream, Offload] : [Ours, ByStream, Offload];

    /// <summary>Those of the table that a row is in.</summary>
    public static IReadOnlyList<Forwarder> ColumnsOf(FrontEnd frontEnd) => frontEnd == FrontEnd.VhostUser ? AllOfVhostUser : All;

    /// <summary>Those that make sense in a row: nothing segments raw IP.</summary>
    public static IEnumerable<Forwarder> In(Row row) => ColumnsOf(row.FrontEnd).Where(one => one != Offload || row.Carrier != Carrier.RawIp);

    /// <summary>Whose frames per second ours are held against.</summary>
    public static Forwarder YardstickOf(Row row) => row.FrontEnd == FrontEnd.VhostUser ? ByStream : Qemu;

    /// <summary>The C program that ours is held against.</summary>
    public static Forwarder LimitOf(Row row) => row.Carrier == Carrier.RawIp ? Plain : Offload;

    /// <summary>What this one does in a row.</summary>
    public Row RowOf(Row row) => this == Ours || this == Other ? row : row.ByStream;

    private static string[] Program(Lane lane, string path) =>
    [
        path, .. Enumerable.Range(0, lane.Row.Idle).SelectMany(number => Idle(lane, number)),
        "-netdev", Netdev(lane) + Environment.GetEnvironmentVariable("NETDEV_OPTIONS"),
        "--frontend", $"{(lane.Row.FrontEnd == FrontEnd.VhostUser ? "vhost-user" : "stream")},id=n,server=on,addr.type=unix,addr.path={lane.SocketPath}{lane.Row.FrontendOptions}",
    ];

    /// <summary>A pseudowire with addresses of its own. They come first: when the lane's socket is there, they are open.</summary>
    private static string[] Idle(Lane lane, int number) =>
    [
        "-netdev", $"l2tpv3,id=idle{number},src=127.2.{number / 250}.{1 + (number % 250)},dst=127.3.0.1,txsession=1,rxsession=1,udp=on,srcport={lane.Port},dstport={lane.Port}",
        "--frontend", $"stream,id=idle{number},server=on,addr.type=unix,addr.path={lane.SocketPath}.{number}",
    ];

    private static string Netdev(Lane lane) =>
        $"l2tpv3,id=n,src={lane.Near},dst={lane.Far},txsession=1,rxsession=1"
        + (lane.Row.Carrier == Carrier.RawIp ? "" : $",udp=on,srcport={lane.Port},dstport={lane.Port}");

    private static string[] Limit(Lane lane, string mode) =>
    [
        Load("limit"), lane.SocketPath, lane.Near, lane.Far, lane.Port, lane.Header,
        lane.Row.Carrier == Carrier.RawIp ? mode + ",raw" : mode,
    ];

    /// <summary>The path of one of the C programs.</summary>
    public static string Load(string program) => Path.Combine(Settings.RunDirectory, program);
}
