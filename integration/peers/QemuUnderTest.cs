namespace QemuL2tp.Integration.Peers;

/// <summary>What the QEMU under test can do.</summary>
internal static class QemuUnderTest
{
    public static bool HasProperty(string device, string property) => Has("-device", device, property);

    public static bool HasObjectProperty(string type, string property) => Has("-object", type, property);

    private static bool Has(string option, string type, string property)
    {
        using var help = Child.Start("qemu-help", Settings.Qemu, [option, $"{type},help"]);
        help.WaitForExit();
        return help.Output.Contains($" {property}=", StringComparison.Ordinal);
    }
}
