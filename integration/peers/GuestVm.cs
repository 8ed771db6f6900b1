namespace QemuL2tp.Integration.Peers;

/// <summary>A guest in the QEMU under test, with one virtio NIC on each wire.</summary>
internal static class GuestVm
{
    /// <param name="name">For logs and paths.</param>
    /// <param name="machine">Keeps the addresses of the machines apart.</param>
    /// <param name="nics">Its NICs.</param>
    /// <param name="networkNamespace">Where its QEMU runs; null is this process's own.</param>
    /// <param name="options">More arguments of QEMU.</param>
    /// <param name="prefix">As of <see cref="Vm"/>.</param>
    /// <param name="qemu">Another QEMU than the one under test.</param>
    public static Vm Boot(
        string name,
        int machine,
        IReadOnlyList<GuestNic> nics,
        string? networkNamespace = null,
        IReadOnlyList<string>? options = null,
        IReadOnlyList<string>? prefix = null,
        string? qemu = null) => new(
        name,
        qemu ?? Settings.Qemu,
        [.. options ?? [], .. nics.SelectMany((nic, i) => nic.Netdev.Concat(Vm.Nic(i, machine, nic.Wire.Number, nic.Wire.Id, nic.Device)))],
        networkNamespace,
        prefix);
}
