namespace QemuL2tp.QemuCommandLine;

/// <summary>What a QEMU command line says about the NIC in front of a back end.</summary>
/// <param name="Driver">The device's name, or the model of <c>-nic</c>; null when none is named.</param>
/// <param name="HasNoVectors">Whether <c>vectors=0</c> turns MSI-X off.</param>
/// <param name="Obstacle">Something about it or beside it that vhost-user does not go together with, or null.</param>
internal sealed record NicOfNetdev(string? Driver, bool HasNoVectors, Obstacle? Obstacle)
{
    private const string OwnNic = "give it a NIC of its own: -netdev l2tpv3,id=ID,... -device virtio-net-pci,netdev=ID";

    /// <summary>Only the virtio NIC works with vhost-user. QEMU's names for it: <c>virtio</c> is an alias in <c>-nic</c>.</summary>
    public bool IsVirtio => Driver is "virtio" || (Driver?.StartsWith("virtio-net", StringComparison.Ordinal) ?? false);

    public static NicOfNetdev Find(IReadOnlyList<string> words, L2tpv3Argument netdev)
    {
        switch (netdev.Option)
        {
            case NetOption.Net:
                return new NicOfNetdev(null, false, new Obstacle("-net puts it on a hub, where QEMU copies every frame", OwnNic));
            case NetOption.Nic:
                return new NicOfNetdev(netdev.Items.LastOrDefault(item => item.Name == "model").Value, false, MemoryProtection.Find(words, null));
        }

        IReadOnlyDictionary<string, string>? device = QemuOptions.Values(words, "driver", "device")
            .FirstOrDefault(device => device.GetValueOrDefault("netdev") == netdev.Id);
        return new NicOfNetdev(device?.GetValueOrDefault("driver"), device?.GetValueOrDefault("vectors") == "0", FindObstacle(words, netdev.Id) ?? MemoryProtection.Find(words, device));
    }

    private static Obstacle? FindObstacle(IReadOnlyList<string> words, string? id)
    {
        if (QemuOptions.Values(words, "type", "netdev").Any(other => other.GetValueOrDefault("type") == "hubport" && other.GetValueOrDefault("netdev") == id))
            return new Obstacle("a hubport puts it on a hub, where QEMU copies every frame", OwnNic);
        return QemuOptions.Values(words, "qom-type", "object").FirstOrDefault(filter => filter.GetValueOrDefault("netdev") == id)?.GetValueOrDefault("qom-type") is { } filter
            ? new Obstacle($"-object {filter} looks at its frames, which QEMU does not see with vhost-user", $"leave out -object {filter}")
            : null;
    }
}
