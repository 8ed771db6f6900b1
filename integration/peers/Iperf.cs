using System.Globalization;
using System.Text.Json;

namespace QemuL2tp.Integration.Peers;

/// <summary>One run of iperf3 between two machines.</summary>
/// <param name="Megabits">Received per second.</param>
/// <param name="Again">Segments that were sent again.</param>
internal sealed record Iperf(double Megabits, int Again)
{
    public static void Serve(Vm vm, string address) => vm.Run($"iperf3 --server --daemon --bind {address}");

    /// <summary>Runs a client to its end; anything but success fails the case.</summary>
    public static Iperf Run(Vm client, string server, int seconds, string options = "")
    {
        (int status, string output) = client.Try($"iperf3 --client {server} --time {seconds} --json {options}", seconds: seconds + 300);
        using var report = JsonDocument.Parse(output);
        Assert.That(report.RootElement.TryGetProperty("error", out JsonElement error), Is.False, error.ToString());
        Assert.That(status, Is.Zero);
        JsonElement end = report.RootElement.GetProperty("end");
        return new Iperf(
            end.GetProperty("sum_received").GetProperty("bits_per_second").GetDouble() / 1e6,
            end.GetProperty("sum_sent").GetProperty("retransmits").GetInt32());
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Megabits:0.0} Mbit/s, {Again} segments sent again");
}
