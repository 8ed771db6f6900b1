using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace QemuL2tp.Performance;

/// <summary>Every sample of every round, for programs: <c>performance.json</c>.</summary>
internal static class JsonReport
{
    private static readonly JsonSerializerOptions s_options = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        // A ratio to nothing is no number, and no reason to lose the rest.
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static void Write(string path, Machine machine, int rounds, TimeSpan duration, IEnumerable<Result> results)
    {
        var report = new
        {
            Date = DateTime.UtcNow,
            Machine = machine,
            Rounds = rounds,
            Seconds = duration.TotalSeconds,
            Rows = results.Select(Describe),
        };
        File.WriteAllText(path, JsonSerializer.Serialize(report, s_options));
    }

    private static object Describe(Result result)
    {
        var verdict = new Verdict(result);
        return new
        {
            result.Row.Name,
            result.Row.Title,
            result.Row.RateTarget,
            result.Row.CpuTarget,
            verdict.RateRatio,
            verdict.CpuRatio,
            verdict.YardstickCpuRatio,
            verdict.Met,
            Medians = Forwarder.In(result.Row).ToDictionary(one => one.Name, result.MedianOf),
            result.Samples,
            result.Failures,
            result.NotOffered,
            result.Resident,
        };
    }
}
