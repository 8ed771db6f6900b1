using System.Text.Json.Nodes;
using QemuL2tp.Cli.Qmp;
using QemuL2tp.Tests.TestSupport;

namespace QemuL2tp.Tests.Cli.Qmp;

public sealed class RehearsalTests
{
    [Test]
    public async Task Every_command_of_it_succeeds()
    {
        string sent = await Rehearsal.RunAsync().WaitAsync(TimeSpan.FromMilliseconds(Loopback.PatienceMilliseconds));
        JsonObject[] lines = [.. sent.Split("\r\n", StringSplitOptions.RemoveEmptyEntries).Skip(1).Select(line => JsonNode.Parse(line)!.AsObject())];
        Assert.That(lines.Where(line => line.ContainsKey("error")), Is.Empty);
        Assert.That(lines.Count(line => line.ContainsKey("return")), Is.EqualTo(10), "the negotiation, and three commands for each of three front ends");
        string[] events = [.. lines.Select(line => (string?)line["event"]).OfType<string>()];
        Assert.That(events, Is.EqualTo(Enumerable.Repeat(new[] { "X_NETDEV_ADDED", "X_NETDEV_REMOVED" }, 3).SelectMany(pair => pair)));
    }
}
