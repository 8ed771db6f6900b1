namespace QemuL2tp.Integration.Peers;

/// <summary>What the QEMU under test can do.</summary>
internal static class QemuUnderTest
{
    public static bool HasProperty(string device, string property)
    {
        using var help = Child.Start("qemu-help", Settings.Qemu, ["-device", $"{device},help"]);
        help.WaitForExit();
        return help.Output.Contains($" {property}=", StringComparison.Ordinal);
    }
}
