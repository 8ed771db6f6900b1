namespace QemuL2tp.QemuCommandLine;

/// <summary>What a QEMU command line says about the NIC in front of a back end.</summary>
/// <param name="Driver">The device's name, or the model of <c>-nic</c>; null when none is named.</param>
/// <param name="HasNoVectors">Whether <c>vectors=0</c> turns MSI-X off.</param>
/// <param name="Obstacle">Something else that uses the back end and that vhost-user does not go together with, or null.</param>
internal sealed record NicOfNetdev(string? Driver, bool HasNoVectors, string? Obstacle)
{
    /// <summary>Only the virtio NIC works with vhost-user. QEMU's names for it: <c>virtio</c> is an alias in <c>-nic</c>.</summary>
    public bool IsVirtio => Driver is "virtio" || (Driver?.StartsWith("virtio-net", StringComparison.Ordinal) ?? false);

    public static NicOfNetdev Find(IReadOnlyList<string> words, L2tpv3Argument netdev)
    {
        switch (netdev.Option)
        {
            case NetOption.Net:
                return new NicOfNetdev(null, false, "-net puts it on a hub, where QEMU copies every frame");
            case NetOption.Nic:
                return new NicOfNetdev(netdev.Items.LastOrDefault(item => item.Name == "model").Value, false, null);
        }

        IReadOnlyDictionary<string, string>? device = QemuOptions.Values(words, "driver", "device")
            .FirstOrDefault(device => device.GetValueOrDefault("netdev") == netdev.Id);
        return new NicOfNetdev(device?.GetValueOrDefault("driver"), device?.GetValueOrDefault("vectors") == "0", FindObstacle(words, netdev.Id));
    }

    private static string? FindObstacle(IReadOnlyList<string> words, string? id)
    {
        if (QemuOptions.Values(words, "type", "netdev").Any(other => other.GetValueOrDefault("type") == "hubport" && other.GetValueOrDefault("netdev") == id))
            return "a hubport puts it on a hub, where QEMU copies every frame";
        return QemuOptions.Values(words, "qom-type", "object").FirstOrDefault(filter => filter.GetValueOrDefault("netdev") == id) is { } filter
            ? $"-object {filter.GetValueOrDefault("qom-type")} looks at its frames, which QEMU does not see with vhost-user"
            : null;
    }
}
