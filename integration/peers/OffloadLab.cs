using QemuL2tp.Integration.Relay;

namespace QemuL2tp.Integration.Peers;

/// <summary>A guest whose NICs offload in different ways over vhost-user, with the Linux peer at their other end. Booted by the first scenario that needs it.</summary>
internal static class OffloadLab
{
    /// <summary>What our program prints for QEMU.</summary>
    private const string Fixed = ",ctrl_guest_offloads=off";

    private const string LargeRings = ",rx_queue_size=1024,tx_queue_size=1024";

    private static readonly Lazy<Vm> s_guest = new(Boot);
    private static readonly Dictionary<OffloadNic, QemuL2tpBackEnd> s_backEnds = [];
    private static readonly Dictionary<OffloadNic, UdpRelay> s_relays = [];

    public static OffloadNic With { get; } = new(185, "with", Device: LargeRings, IsRelayed: true);

    public static OffloadNic Without { get; } = new(186, "without", ",x-offload-tx=off,x-offload-rx=off", LargeRings, IsRelayed: true);

    /// <summary>One of each form of ring that offloads depend on.</summary>
    public static IReadOnlyList<OffloadNic> Forms { get; } =
    [
        With,
        Without,
        new(187, "packed", Device: LargeRings + ",packed=on"),
        new(188, "no_mergeable_buffers", Device: LargeRings + ",mrg_rxbuf=off"),
        new(189, "cannot_be_switched_off", Device: LargeRings + Fixed),
    ];

    /// <summary>The driver cannot switch its offloads off.</summary>
    public static OffloadNic NotSwitched { get; } = new(194, "fixed", Device: Fixed, IsRelayed: true);

    /// <summary>QEMU's default: the driver switches its offloads off by the control queue, of which we hear nothing.</summary>
    public static OffloadNic Switched { get; } = new(195, "changing", IsRelayed: true);

    /// <summary>The driver gets no super-frames.</summary>
    public static OffloadNic Plain { get; } = new(196, "plain", ",x-offload-rx=off", IsRelayed: true);

    /// <summary>Two for a guest that is a bridge or a router.</summary>
    public static OffloadNic Front { get; } = new(197, "front", Device: LargeRings + Fixed, IsRelayed: true);

    /// <inheritdoc cref="Front"/>
    public static OffloadNic Back { get; } = new(198, "back", Device: LargeRings + Fixed, IsRelayed: true);

    public static OffloadNic Disturbed { get; } = new(199, "disturbed", Device: LargeRings + Fixed, IsRelayed: true)
    {
        Wire = VhostUserWires.Of(199) with { Sequencing = "send", MoreOptions = ",x-seq=rfc3931,x-reorder-window=64" },
    };

    public static Vm Guest => s_guest.Value;

    public static QemuL2tpBackEnd BackEndOf(OffloadNic nic) => s_backEnds[nic];

    public static UdpRelay RelayOf(OffloadNic nic) => s_relays[nic];

    public static Statistics StatisticsOf(OffloadNic nic) => Statistics.OfVhostUser(s_backEnds[nic], nic.Wire);

    private static Vm Boot()
    {
        Lab.NeedsQemuL2tp();
        Lab.StartPeer();
        OffloadNic[] all = [.. Forms, NotSwitched, Switched, Plain, Front, Back, Disturbed];
        Vm guest = Lab.Keep(GuestVm.Boot("vhost-offloads-guest", machine: 15, [.. all.Select(nic => new GuestNic(nic.Wire, Serve(nic), nic.Device))]));
        VhostUserLab.AddToPeer(all.Select(nic => nic.Wire));
        guest.Batch(all.Except([Front, Back]).SelectMany(nic => nic.Wire.GuestCommands()));
        return guest;
    }

    private static IReadOnlyList<string> Serve(OffloadNic nic)
    {
        Wire wire = nic.IsRelayed ? nic.Wire.BehindRelay : nic.Wire;
        QemuL2tpBackEnd backEnd = Lab.Keep(new QemuL2tpBackEnd($"vhost-offloads-{nic.Name}", wire) { VhostUser = true, FrontendOptions = nic.Frontend });
        backEnd.Start();
        s_backEnds[nic] = backEnd;
        if (nic.IsRelayed)
            s_relays[nic] = Lab.Keep(RelayedWire.Open(nic.Wire, seed: 1));
        return backEnd.NetdevOf(wire);
    }
}
