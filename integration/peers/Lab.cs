namespace QemuL2tp.Integration.Peers;

/// <summary>
/// The machines that most scenarios share: the Linux peer, a guest with a NIC on each wire, and a far guest.
/// Booted once, together, by the first scenario that needs them.
/// </summary>
internal static class Lab
{
    private static readonly Lazy<Vm> s_bootingPeer = new(() =>
    {
        NeedsNetwork();
        return Keep(LinuxPeer.Boot());
    });

    private static readonly Lazy<Vm> s_peer = new(() =>
    {
        LinuxPeer.Configure(s_bootingPeer.Value, Wires.OfPeer);
        return s_bootingPeer.Value;
    });

    private static readonly Lazy<Machines> s_machines = new(Boot);
    private static readonly Lazy<bool> s_network = new(() =>
    {
        HostNetwork.Build();
        return true;
    });

    private static readonly List<IDisposable> s_toDispose = [];
    private static readonly Dictionary<string, IBackEnd> s_backEnds = [];
    private static readonly Dictionary<string, Exception> s_failures = [];

    /// <summary>The Linux peer; it can be had without the guests.</summary>
    public static Vm Peer => s_peer.Value;

    public static Vm Guest => s_machines.Value.Guest;

    public static Vm FarGuest => s_machines.Value.FarGuest;

    /// <summary>Skips the case when QEMU's own back end is compared, which cannot do what it asks for.</summary>
    public static void NeedsQemuL2tp()
    {
        if (Settings.BuiltInBackEnd)
        {
            Assert.Ignore("only for qemu-l2tp, and BACKEND=qemu is set");
        }
    }

    /// <summary>The qemu-l2tp of some of the guest's wires, by its name.</summary>
    public static QemuL2tpBackEnd BackEndOf(string name) => (QemuL2tpBackEnd)s_backEnds[name];

    public static void NeedsNetwork() => _ = s_network.Value;

    /// <summary>Starts the Linux peer and does not wait for it.</summary>
    public static void StartPeer() => _ = s_bootingPeer.Value;

    /// <summary>Boots the machines if need be, and fails if the back end of this wire did not start.</summary>
    public static void Needs(Wire wire)
    {
        _ = s_machines.Value;
        if (s_failures.TryGetValue(wire.Id, out Exception? failure))
        {
            Assert.Fail($"the back end of {wire.Id} did not start: {failure.Message}");
        }
    }

    public static T Keep<T>(T thing)
        where T : IDisposable
    {
        s_toDispose.Add(thing);
        return thing;
    }

    public static void Dispose()
    {
        s_toDispose.Reverse();
        s_toDispose.ForEach(thing => thing.Dispose());
        s_toDispose.Clear();
    }

    private static Machines Boot()
    {
        StartPeer();
        var nics = new List<GuestNic>();
        foreach (IGrouping<string, Wire> group in Wires.Matrix.GroupBy(wire => wire.Transport))
        {
            nics.AddRange(Serve("matrix_" + group.Key, [.. group]));
        }

        nics.AddRange(Serve("vlan", Wires.Vlan));
        nics.AddRange(Serve("bulk", Wires.Bulk));
        nics.AddRange(Serve("late", Wires.LatePeerUdp, Wires.LatePeerIp));
        nics.AddRange(Serve("wrong", Wires.WrongCookie));
        nics.AddRange(Serve("qemu-peer", Wires.QemuPeerUdp, Wires.QemuPeerIp));
        nics.AddRange(Serve("jumbo", Wires.BackToBack));
        if (!Settings.BuiltInBackEnd)
        {
            nics.AddRange(Serve("reordered", [.. Wires.Reordered.Select(wire => wire.BehindRelay)]));
            nics.Add(new GuestNic(Wires.PeerConfig, PeerConfig.Netdev));
            nics.AddRange(Serve("peer-config-qemu", Wires.PeerConfigQemu));
            nics.AddRange(Wires.Hosted.Select(wire => new GuestNic(wire, Hosted.NetdevOf(wire))));
            nics.AddRange(Serve("shared", Wires.Shared));
            nics.AddRange(Serve("one-port", Wires.OnePort));
        }

        Vm guest = Keep(GuestVm.Boot("guest", machine: 1, nics));

        List<GuestNic> farNics = [BuiltIn(Wires.QemuPeerUdp), BuiltIn(Wires.QemuPeerIp)];
        farNics.AddRange(Serve(far: true, "jumbo-far", Wires.BackToBack));
        if (!Settings.BuiltInBackEnd)
        {
            farNics.Add(new GuestNic(Wires.PeerConfigQemu, PeerConfig.QemuArguments(Wires.PeerConfigQemu)));
        }

        Vm far = Keep(GuestVm.Boot("far-guest", machine: 3, farNics, HostNetwork.FarNamespace));

        _ = Peer;
        guest.Batch(nics.SelectMany(nic => nic.Wire.GuestCommands()));
        far.Batch(farNics.SelectMany(nic => nic.Wire.GuestCommands(far: true)));
        return new Machines(guest, far);
    }

    private static IEnumerable<GuestNic> Serve(string name, params IReadOnlyList<Wire> wires) =>
        Serve(far: false, name, wires);

    // A back end that does not start costs its own cases, not everybody's.
    private static IEnumerable<GuestNic> Serve(bool far, string name, params IReadOnlyList<Wire> wires)
    {
        IBackEnd backEnd = Keep<IBackEnd>(Settings.BuiltInBackEnd ? new BuiltInBackEnd() : new QemuL2tpBackEnd(name, wires) { Far = far, NetworkNamespace = far ? HostNetwork.FarNamespace : null });
        s_backEnds[name] = backEnd;
        try
        {
            backEnd.Start();
        }
        catch (Exception error) when (error is InvalidOperationException or TimeoutException)
        {
            foreach (Wire wire in wires)
            {
                s_failures[wire.Id] = error;
            }
        }

        return [.. wires.Select(wire => far && Settings.BuiltInBackEnd ? BuiltIn(wire) : new GuestNic(wire, backEnd.NetdevOf(wire)))];
    }

    // QEMU's own l2tpv3 at the far end.
    private static GuestNic BuiltIn(Wire wire) => new(wire, ["-netdev", wire.FarNetdev]);

    private sealed record Machines(Vm Guest, Vm FarGuest);
}
