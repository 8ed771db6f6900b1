using QemuL2tp.Integration.Peers;

namespace QemuL2tp.Performance;

/// <summary>A second namespace behind a veth pair, for the rows in which the packets leave the loopback.</summary>
internal static class VethPair
{
    public const string Namespace = "far";
    public const string Near = "10.9.0.1";
    public const string Far = "10.9.0.2";

    /// <summary>The smallest round MTU that takes a frame of 1500 bytes with its outer headers in one piece.</summary>
    private const int Mtu = 1600;

    public static void Build() => Child.Shell($"""
        ip netns add {Namespace}
        ip link add veth0 mtu {Mtu} type veth peer name veth0 mtu {Mtu} netns {Namespace}
        ip link set veth0 up
        ip address add {Near}/24 dev veth0
        ip -n {Namespace} link set veth0 up
        ip -n {Namespace} address add {Far}/24 dev veth0
        """);
}
