using System.Globalization;
using System.Text.RegularExpressions;

namespace QemuL2tp.Integration.Peers;

/// <summary>Ping from inside a machine; answers how many were sent and how many came back.</summary>
internal static partial class Ping
{
    public static (int Sent, int Received) From(Vm vm, string target, int payload = 56, int count = 3, string options = "")
    {
        // Only when one is lost does it wait for so long.
        string text = $"ping -n -q -c {count} -i 0.05 -W 30 -s {payload} {options} {target}";
        return Parse(vm.Try(text).Output);
    }

    /// <summary>Whether one of those that are sent in the next seconds is answered; for <see cref="Until"/>.</summary>
    public static bool IsAnswered(Vm vm, string target, int payload = 56) => From(vm, target, payload, count: 1, "-w 5").Received > 0;

    /// <summary>Three that nobody is to answer: how many came back all the same.</summary>
    public static int Unanswered(Vm vm, string target) => From(vm, target, options: "-W 1").Received;

    public static (int Sent, int Received) Parse(string output)
    {
        Match match = Summary().Match(output);
        return match.Success
            ? (int.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture), int.Parse(match.Groups[2].ValueSpan, CultureInfo.InvariantCulture))
            : throw new FormatException($"ping printed no summary: {output}");
    }

    [GeneratedRegex(@"(\d+) packets transmitted, (\d+) received")]
    private static partial Regex Summary();
}
