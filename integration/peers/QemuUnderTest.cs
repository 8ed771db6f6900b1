namespace QemuL2tp.Integration.Peers;

/// <summary>What the QEMU under test can do.</summary>
internal static class QemuUnderTest
{
    /// <summary>It, or a newer one: QEMU 9 or later. Without one the case is skipped.</summary>
    public static string AtLeast9
    {
        get
        {
            string qemu = Settings.NewerQemu;
            if (!File.Exists(qemu))
                Assert.Ignore(qemu);
            return qemu;
        }
    }

    public static bool HasProperty(string device, string property)
    {
        using var help = Child.Start("qemu-help", Settings.Qemu, ["-device", $"{device},help"]);
        help.WaitForExit();
        return help.Output.Contains($" {property}=", StringComparison.Ordinal);
    }
}
