namespace QemuL2tp.Integration.Peers;

/// <summary>A NIC of the guest whose NICs offload in different ways, with a qemu-l2tp of its own.</summary>
/// <param name="Number">Of its wire.</param>
/// <param name="Name">For cases and logs.</param>
/// <param name="Frontend">Options of <c>--frontend</c>, each with a comma in front.</param>
/// <param name="Device">Properties of the device, each with a comma in front.</param>
/// <param name="IsRelayed">Between qemu-l2tp and the peer is a relay.</param>
public sealed record OffloadNic(int Number, string Name, string Frontend = "", string Device = "", bool IsRelayed = false)
{
    internal Wire Wire { get; init; } = VhostUserWires.Of(Number);

    internal string GuestAddress6 => $"fd01:{Number}::1";
}
