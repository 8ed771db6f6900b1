using QemuL2tp.Integration.Peers;

namespace QemuL2tp.Integration.Performance;

/// <summary>A Linux kernel with <c>ip l2tp</c>, in an emulated machine of its own behind a tap interface.</summary>
internal sealed class KernelTcpPeer : IGuestTcpPeer
{
    private readonly BridgedTap _tap = new("tap-tcp-peer");
    private readonly Vm _vm;

    public KernelTcpPeer() => _vm = new Vm(
        "tcp-peer",
        Settings.InstalledQemu,
        [.. _tap.NetdevOf("outer"), .. Vm.Nic(position: 0, machine: 19, number: 0, "outer", ",vectors=3,rx_queue_size=1024")]);

    public string Address => "10.0.0.4";

    public Wire WireOf(int index) => VhostUserWires.Of(200 + index) with { Remote = Address };

    public void Open(IReadOnlyList<Wire> wires) => _vm.Batch(
        [$"link set nic0 mtu {GuestTcpLab.OuterMtu} up", $"address add {Address}/24 dev nic0", .. wires.SelectMany(wire => wire.PeerCommands())]);

    public void Serve(string address) => Iperf.Serve(_vm, address);

    public void Dispose()
    {
        _vm.Dispose();
        _tap.Dispose();
    }
}
