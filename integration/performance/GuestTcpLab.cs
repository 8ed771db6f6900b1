using QemuL2tp.Integration.Peers;

namespace QemuL2tp.Integration.Performance;

/// <summary>The guest with all its ports, and a peer behind them; see <see cref="PerformanceOfGuestTcp"/>.</summary>
internal sealed class GuestTcpLab : IDisposable
{
    /// <summary>L2TPv3 packets of full frames fit, so that neither end has to put fragments together.</summary>
    public const int OuterMtu = 1600;

    private readonly Stack<IDisposable> _toDispose = [];
    private readonly IGuestTcpPeer _peer;
    private readonly List<GuestNic> _nics = [];
    private readonly List<GuestTcpPort> _ports = [];
    private int _wires;

    /// <param name="makePeer">Makes the peer, once there is an outer network.</param>
    public GuestTcpLab(Func<IGuestTcpPeer> makePeer)
    {
        try
        {
            BuildNetwork();
            _peer = Keep(makePeer());
            Add(BuiltIn, null);
            Add("stream", (name, wire) => new(name, wire));
            Add("vhost-user without offloads", (name, wire) => new(name, wire) { VhostUser = true, FrontendOptions = ",x-offload-tx=off,x-offload-rx=off" });
            Add("vhost-user", (name, wire) => new(name, wire) { VhostUser = true });
            Wire[] toGuest = [.. _nics.Select(nic => nic.Wire)];
            Wire toHost = NextWire();
            _peer.Open([.. toGuest, toHost]);
            string tap = AddTap();
            AddHost(toHost);
            Guest = Keep(GuestVm.Boot("tcp-guest", machine: 18, _nics));
            Guest.Batch([.. toGuest.SelectMany(wire => wire.GuestCommands()), $"link set {tap} mtu 1500 up", $"address add 10.0.0.8/24 dev {tap}"]);
            foreach (GuestTcpPort port in _ports)
            {
                _peer.Serve(port.Server);
                if (!port.IsHost)
                    Until.True(() => Ping.IsAnswered(Guest, port.Server), $"{port.Name} reaches {port.Server}");
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public static string BuiltIn => "QEMU's l2tpv3";

    /// <summary>No L2TPv3: QEMU's tap, and beyond the bridge the peer itself.</summary>
    public static string Tap => "tap";

    /// <summary>No guest: the host's network stack in its place, by vhost-user with offloads.</summary>
    public static string Host => "host, no guest";

    public Vm Guest { get; }

    public IReadOnlyList<GuestTcpPort> Ports => _ports;

    public void Dispose()
    {
        while (_toDispose.TryPop(out IDisposable? thing))
            thing.Dispose();
    }

    private static void BuildNetwork()
    {
        Lab.NeedsNetwork();
        Child.Shell($"""
            ip link set br0 mtu {OuterMtu}
            ip link set veth0 mtu {OuterMtu}
            ip -n {HostNetwork.FarNamespace} link set veth0 mtu {OuterMtu}
            """);
    }

    private Wire NextWire() => _peer.WireOf(_wires++);

    private void Add(string name, Func<string, Wire, QemuL2tpBackEnd>? makeBackEnd)
    {
        Wire wire = NextWire();
        QemuL2tpBackEnd? backEnd = makeBackEnd is null ? null : Keep(makeBackEnd($"tcp-near-{wire.Number}", wire));
        backEnd?.Start();
        AddNic(wire, backEnd?.NetdevOf(wire) ?? ["-netdev", wire.Netdev]);
        _ports.Add(new GuestTcpPort(name, backEnd, wire.PeerAddress));
    }

    /// <returns>What the guest sees.</returns>
    private string AddTap()
    {
        Wire wire = NextWire();
        AddNic(wire, Keep(new BridgedTap("tap-tcp-guest")).NetdevOf(wire.Id));
        _ports.Add(new GuestTcpPort(Tap, null, _peer.Address));
        return wire.Nic;
    }

    private void AddHost(Wire wire)
    {
        QemuL2tpBackEnd backEnd = Keep(new QemuL2tpBackEnd($"tcp-near-{wire.Number}", wire) { VhostUser = true });
        backEnd.Start();
        Keep(VhostTap.Start(backEnd.SocketOf(wire), wire.Nic, wire.GuestAddress, wire.Mtu));
        _ports.Add(new GuestTcpPort(Host, backEnd, wire.PeerAddress) { IsHost = true });
    }

    /// <summary>
    /// Properties as printed for vhost-user; where the back end is another one, QEMU cuts the transmit queue to 256. A slot for each NIC, for
    /// without MSI-X, with which QEMU 7.2 crashes, functions of one slot share their interrupt.
    /// </summary>
    private void AddNic(Wire wire, IReadOnlyList<string> netdev) => _nics.Add(new GuestNic(
        wire,
        netdev,
        $",addr=0x{4 + _nics.Count:x},rx_queue_size=1024,tx_queue_size=1024,speed=10000,duplex=full,ctrl_guest_offloads=off"));

    private T Keep<T>(T thing)
        where T : IDisposable
    {
        _toDispose.Push(thing);
        return thing;
    }
}
