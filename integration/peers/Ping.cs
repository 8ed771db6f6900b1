using System.Globalization;
using System.Text.RegularExpressions;

namespace QemuL2tp.Integration.Peers;

/// <summary>Ping from inside a machine; answers how many were sent and how many came back.</summary>
internal static partial class Ping
{
    /// <summary>Three at once. Ping waits for the others of them for twice the slowest answer so far and no less than its interval: only when one is lost does it wait for so long.</summary>
    public static (int Sent, int Received) From(Vm vm, string target, int payload = 56, string options = "") =>
        Parse(vm.Try($"ping -n -q -c 3 -l 3 -i 30 -W 30 -s {payload} {options} {target}").Output);

    /// <summary>Whether one of those that are sent in the next seconds is answered; for <see cref="Until"/>.</summary>
    public static bool IsAnswered(Vm vm, string target, int payload = 56) =>
        Parse(vm.Try($"ping -n -q -c 1 -i 0.05 -w 5 -s {payload} {target}").Output).Received > 0;

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
