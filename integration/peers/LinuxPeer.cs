namespace QemuL2tp.Integration.Peers;

/// <summary>The Linux kernel with <c>ip l2tp</c> that most wires end in.</summary>
internal static class LinuxPeer
{
    public static Vm Boot() => new(
        "peer",
        Settings.InstalledQemu,
        ["-netdev", $"tap,id=outer,ifname={HostNetwork.PeerTap},script=no,downscript=no", .. Vm.Nic(position: 0, machine: 2, number: 0, "outer")]);

    public static void Configure(Vm peer, IEnumerable<Wire> wires)
    {
        peer.Batch(["link set nic0 up", "address add 10.0.0.2/24 dev nic0", "address add fd00::2/64 dev nic0 nodad"]);
        peer.Batch(wires.SelectMany(wire => wire.PeerCommands()));
    }
}
