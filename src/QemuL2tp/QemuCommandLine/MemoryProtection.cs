using QemuL2tp.Options;

namespace QemuL2tp.QemuCommandLine;

/// <summary>
/// What keeps another process from finding a guest's frames in its memory: QEMU has the NIC speak of addresses of the guest's IOMMU, or
/// the memory is encrypted. QEMU refuses a vhost-user back end that lacks VIRTIO_F_ACCESS_PLATFORM then.
/// </summary>
internal static class MemoryProtection
{
    private const string Property = "iommu_platform";

    private static readonly string[] s_support = ["confidential-guest-support", "memory-encryption"];

    /// <summary>Bases of every virtio device; a -global for one of them is for the NIC too.</summary>
    private static readonly string[] s_bases = ["virtio-device", "virtio-pci", "virtio-ccw-device", "virtio-mmio", "virtio-pci-base"];

    /// <param name="words">The command line, program first.</param>
    /// <param name="device">The NIC's members; null when it is not named.</param>
    public static Obstacle? Find(IReadOnlyList<string> words, IReadOnlyDictionary<string, string>? device)
    {
        if (Confidential(words) is { } what)
            return new Obstacle($"{what} makes a confidential guest, whose memory no other process can read", null);
        return Platform(words, device) is { } where
            ? new Obstacle($"{where} puts the NIC behind the guest's IOMMU, whose addresses only QEMU can translate", $"leave out {Property}=on")
            : null;
    }

    private static string? Confidential(IReadOnlyList<string> words)
    {
        foreach (IReadOnlyDictionary<string, string> machine in QemuOptions.Values(words, "type", "machine", "M"))
        {
            // QEMU takes underscores in the names of a machine's properties for dashes.
            if (machine.FirstOrDefault(member => s_support.Contains(member.Key.Replace('_', '-'))) is { Key: { } name, Value: var id })
                return $"-machine {name}={id}";
        }

        return QemuOptions.Values(words, "qom-type", "object").Select(item => item.GetValueOrDefault("qom-type"))
            .FirstOrDefault(type => type?.EndsWith("-guest", StringComparison.Ordinal) ?? false) is { } guest
            ? $"-object {guest}"
            : null;
    }

    /// <summary>Where the NIC is told so; the device's own words win over those for all of a kind.</summary>
    private static string? Platform(IReadOnlyList<string> words, IReadOnlyDictionary<string, string>? device)
    {
        if (device?.GetValueOrDefault("id") is { } id && SetFor(words, id) is { } set)
            return IsOn(set) ? $"-set device.{id}.{Property}={set}" : null;
        if (device?.GetValueOrDefault(Property) is { } own)
            return IsOn(own) ? $"{Property}={own}" : null;
        (string Driver, string Value)? last = Globals(words).Where(global => IsForNic(global.Driver, device?.GetValueOrDefault("driver"))).Select(global => ((string, string)?)global).LastOrDefault();
        return last is { } global && IsOn(global.Value) ? $"-global {global.Driver}.{Property}={global.Value}" : null;
    }

    private static string? SetFor(IReadOnlyList<string> words, string id) =>
        QemuOptions.Values(words, "", "set").Select(set => set.GetValueOrDefault($"device.{id}.{Property}")).LastOrDefault(value => value is not null);

    /// <summary>Both forms: <c>driver.property=value</c> and <c>driver=…,property=…,value=…</c>.</summary>
    private static IEnumerable<(string Driver, string Value)> Globals(IReadOnlyList<string> words)
    {
        const string suffix = "." + Property;
        foreach (IReadOnlyDictionary<string, string> global in QemuOptions.Values(words, "driver", "global"))
        {
            if (global.GetValueOrDefault("property") == Property)
                yield return (global.GetValueOrDefault("driver", ""), global.GetValueOrDefault("value", ""));
            foreach ((string name, string value) in global.Where(member => member.Key.EndsWith(suffix, StringComparison.Ordinal)))
                yield return (name[..^suffix.Length], value);
        }
    }

    private static bool IsForNic(string driver, string? nic) =>
        s_bases.Contains(driver) || driver == nic || (driver.StartsWith("virtio-net", StringComparison.Ordinal) && (nic is null || nic.StartsWith(driver, StringComparison.Ordinal) || driver is "virtio-net-device" or "virtio-net-pci-base"));

    private static bool IsOn(string value) => Numbers.TryParseBoolean(value, out bool on) && on;
}
