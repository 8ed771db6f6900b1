namespace QemuL2tp.Integration.Peers;

/// <summary>An XDP program on a NIC of a guest (<c>peers/xdp.c</c>), until disposal.</summary>
internal sealed class Xdp : IDisposable
{
    private readonly Vm _guest;
    private readonly string _nic;

    /// <param name="guest">The machine.</param>
    /// <param name="wire">Whose NIC.</param>
    /// <param name="place"><c>native</c>: in the driver; <c>generic</c>: in front of the stack.</param>
    /// <param name="action"><c>pass</c> or <c>drop</c>: what it does with each frame.</param>
    public Xdp(Vm guest, Wire wire, string place, string action)
    {
        _guest = guest;
        _nic = wire.Nic;
        guest.Run($"xdp {_nic} {place} {action} >/tmp/xdp 2>&1 & echo $! >/tmp/xdp.pid");
        Until.True(() => guest.Run("cat /tmp/xdp") == "attached\n", () => guest.Run("cat /tmp/xdp"));
    }

    public void Dispose() => _guest.Run($"kill $(cat /tmp/xdp.pid); while ip link show dev {_nic} | grep -q xdp; do sleep 0.02; done");
}
