namespace QemuL2tp.Integration.Peers;

/// <summary>
/// The outer network: a bridge in this run's own namespace with the Linux peer behind a tap, and a second
/// namespace behind a veth pair for the far ends that are QEMU or qemu-l2tp.
/// </summary>
internal static class HostNetwork
{
    public const string FarNamespace = "far";
    public const string FarAddress = "10.0.0.3";
    public const string PeerTap = "tap-peer";

    public static void Build() => Child.Shell($"""
        ip link add br0 type bridge
        ip link set br0 up
        ip address add 10.0.0.1/24 dev br0
        ip address add fd00::1/64 dev br0 nodad
        ip tuntap add dev {PeerTap} mode tap
        ip link set {PeerTap} master br0 up
        ip netns add {FarNamespace}
        ip link add veth0 type veth peer name veth0 netns {FarNamespace}
        ip link set veth0 master br0 up
        ip -n {FarNamespace} link set lo up
        ip -n {FarNamespace} link set veth0 up
        ip -n {FarNamespace} address add {FarAddress}/24 dev veth0
        ip -n {FarNamespace} address add fd00::3/64 dev veth0 nodad
        """);
}
