using System.Globalization;
using System.Text.Json;

namespace QemuL2tp.Integration.Peers;

/// <summary>One run of iperf3 between two machines.</summary>
/// <param name="Megabits">Received per second.</param>
/// <param name="Again">Segments that were sent again.</param>
/// <param name="Bytes">Received in all.</param>
internal sealed record Iperf(double Megabits, int Again, long Bytes)
{
    public static void Serve(Vm vm, string address) => vm.Run($"iperf3 --server --daemon --bind {address}");

    /// <summary>Runs a client to its end; anything but success fails the case.</summary>
    public static Iperf Run(Vm client, string server, int seconds, string options = "")
    {
        (int status, string output) = client.Try(Client(server, seconds, options), seconds: seconds + 300);
        Iperf run = Parse(output);
        Assert.That(status, Is.Zero);
        return run;
    }

    /// <summary>The same on the host, in this process's own network namespace.</summary>
    public static Iperf RunOnHost(string server, int seconds, string options = "") => Parse(Child.Shell(Client(server, seconds, options), minutes: 5));

    private static string Client(string server, int seconds, string options) => $"iperf3 --client {server} --time {seconds} --json {options}";

    private static Iperf Parse(string output)
    {
        using var report = JsonDocument.Parse(output);
        Assert.That(report.RootElement.TryGetProperty("error", out JsonElement error), Is.False, error.ToString());
        JsonElement end = report.RootElement.GetProperty("end");
        JsonElement received = end.GetProperty("sum_received");
        return new Iperf(
            received.GetProperty("bits_per_second").GetDouble() / 1e6,
            end.GetProperty("sum_sent").GetProperty("retransmits").GetInt32(),
            received.GetProperty("bytes").GetInt64());
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Megabits:0.0} Mbit/s, {Again} segments sent again");
}
