using System.Globalization;
using System.Text.RegularExpressions;

namespace QemuL2tp.Integration.Peers;

/// <summary>What the QEMU under test can do.</summary>
internal static partial class QemuUnderTest
{
    /// <summary>The first number of its version.</summary>
    public static int MajorVersion
    {
        get
        {
            using var version = Child.Start("qemu-version", Settings.Qemu, ["--version"]);
            version.WaitForExit();
            return int.Parse(VersionNumber().Match(version.Output).Groups[1].Value, CultureInfo.InvariantCulture);
        }
    }

    public static bool HasProperty(string device, string property) => Has("-device", device, property);

    public static bool HasObjectProperty(string type, string property) => Has("-object", type, property);

    private static bool Has(string option, string type, string property)
    {
        using var help = Child.Start("qemu-help", Settings.Qemu, [option, $"{type},help"]);
        help.WaitForExit();
        return help.Output.Contains($" {property}=", StringComparison.Ordinal);
    }

    [GeneratedRegex(@"version (\d+)\.")]
    private static partial Regex VersionNumber();
}
