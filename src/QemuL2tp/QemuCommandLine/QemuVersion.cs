using System.Globalization;
using System.Text.RegularExpressions;

namespace QemuL2tp.QemuCommandLine;

/// <summary>A version of QEMU.</summary>
internal readonly partial record struct QemuVersion(int Major, int Minor)
{
    /// <summary>Finds it in what <c>--version</c> prints; version 0.0 when it is not there.</summary>
    public static QemuVersion Parse(string output)
    {
        Match match = Number().Match(output);
        return match.Success
            ? new QemuVersion(int.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture), int.Parse(match.Groups[2].ValueSpan, CultureInfo.InvariantCulture))
            : default;
    }

    public bool IsAtLeast(int major, int minor) => Major > major || (Major == major && Minor >= minor);

    [GeneratedRegex(@"\bversion (\d{1,4})\.(\d{1,4})")]
    private static partial Regex Number();
}
