using QemuL2tp.Integration.Peers;

namespace QemuL2tp.Integration.Performance;

/// <summary>A tap interface for a QEMU, on the bridge of the outer network.</summary>
internal sealed class BridgedTap : IDisposable
{
    private readonly string _name;

    public BridgedTap(string name)
    {
        _name = name;
        Child.Shell($"ip tuntap add dev {name} mode tap; ip link set {name} mtu {GuestTcpLab.OuterMtu} master br0 up");
    }

    public IReadOnlyList<string> NetdevOf(string id) => ["-netdev", $"tap,id={id},ifname={_name},script=no,downscript=no"];

    public void Dispose() => Child.Shell($"ip link delete {_name}");
}
