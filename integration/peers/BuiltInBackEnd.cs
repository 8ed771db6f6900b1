namespace QemuL2tp.Integration.Peers;

/// <summary>QEMU's own l2tpv3: inside the guest's QEMU, so there is nothing to start.</summary>
internal sealed class BuiltInBackEnd : IBackEnd
{
    public void Start()
    {
    }

    public IReadOnlyList<string> NetdevOf(Wire wire) => ["-netdev", wire.Netdev];

    public void Dispose()
    {
    }
}
