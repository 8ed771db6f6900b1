namespace QemuL2tp.QemuCommandLine;

/// <summary>What runs the guest's processor.</summary>
internal static class Accelerators
{
    /// <summary>Whether it is KVM and nothing else: QEMU takes the next one of a list when the first does not work.</summary>
    public static bool IsKvm(IReadOnlyList<string> words)
    {
        List<string> named =
        [
            .. QemuOptions.Values(words, "accel", "accel").Select(accel => accel.GetValueOrDefault("accel", "")),
            .. QemuOptions.Values(words, "type", "machine", "M").Select(machine => machine.GetValueOrDefault("accel")).OfType<string>(),
        ];
        return (named.Count > 0 || QemuOptions.Has(words, "enable-kvm")) && named.All(accel => accel == "kvm");
    }
}
