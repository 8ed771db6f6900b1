namespace QemuL2tp.Integration.Peers;

/// <summary>A guest in the QEMU under test, with one virtio NIC on each wire.</summary>
internal static class GuestVm
{
    public static Vm Boot(string name, int machine, IReadOnlyList<(Wire Wire, string Netdev)> nics, string? networkNamespace = null) => new(
        name,
        Settings.Qemu,
        nics.SelectMany((nic, i) => new[] { "-netdev", nic.Netdev }.Concat(Vm.Nic(i, machine, nic.Wire.Number, nic.Wire.Id))),
        networkNamespace);
}
