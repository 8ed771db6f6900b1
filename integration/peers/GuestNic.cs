namespace QemuL2tp.Integration.Peers;

/// <summary>A virtio NIC of a guest, on one wire.</summary>
/// <param name="Wire">Its wire; the guest sees the NIC under <see cref="Wire.Nic"/>.</param>
/// <param name="Netdev">The arguments that give QEMU its back end.</param>
/// <param name="Device">More properties of the device, each with a comma in front.</param>
internal sealed record GuestNic(Wire Wire, IReadOnlyList<string> Netdev, string Device = "");
