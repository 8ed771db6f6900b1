using QemuL2tp.Hosting;
using QemuL2tp.Options;
using QemuL2tp.Tests.TestSupport;

namespace QemuL2tp.Tests.Hosting;

/// <summary>Which address a name stands for, and how long anybody waits for it.</summary>
public sealed class PlanNamesTests
{
    private const string Name = "peer.example";

    [Test]
    public async Task A_silent_name_server_keeps_nobody_waiting_who_can_go_on_without()
    {
        using var answer = new ManualResetEventSlim();
        var lookup = new NameLookup((_, _, _) =>
        {
            _ = answer.Wait(Loopback.PatienceMilliseconds);
            return (["192.0.2.1"], "");
        });
        var names = new PlanNames(lookup, patienceMilliseconds: 1);
        Task<string> patient = DestinationAsync(names, waits: false);
        Assert.That(await DestinationAsync(names), Is.EqualTo(Name));
        Assert.That(await DestinationAsync(names, known: "192.0.2.9"), Is.EqualTo("192.0.2.9"));
        Assert.That(patient.IsCompleted, Is.False);
        answer.Set();
        Assert.That(await patient, Is.EqualTo("192.0.2.1"));
    }

    [TestCase("192.0.2.1 192.0.2.2", null, "192.0.2.1", TestName = "{m}: the first, as in QEMU")]
    [TestCase("192.0.2.1 192.0.2.2", "192.0.2.2", "192.0.2.2", TestName = "{m}: a name server that gives them in turn moves nobody")]
    [TestCase("192.0.2.1 192.0.2.2", "192.0.2.9", "192.0.2.1", TestName = "{m}: another one")]
    [TestCase("", "192.0.2.9", "192.0.2.9", TestName = "{m}: the name has none now")]
    [TestCase("", null, Name, TestName = "{m}: the name has none yet")]
    public async Task An_address_that_is_known_stays_while_the_name_has_it(string addresses, string? known, string expected)
    {
        var names = new PlanNames(new NameLookup((_, _, _) => (addresses.Split(' ', StringSplitOptions.RemoveEmptyEntries), "Name or service not known")));
        Assert.That(await DestinationAsync(names, known: known), Is.EqualTo(expected));
    }

    [Test]
    public async Task Src_and_dst_may_be_names_that_the_system_knows()
    {
        var netdev = new Written<L2tpv3Options>("-netdev", Loopback.NewOptions() with { Source = "localhost", Destination = "localhost" });
        L2tpv3Options found = await new PlanNames(new NameLookup()).ResolveAsync(netdev, waits: false, knownDestination: null, CancellationToken.None);
        Assert.That((found.Source, found.Destination), Is.EqualTo(("127.0.0.1", "127.0.0.1")));
    }

    private static async Task<string> DestinationAsync(PlanNames names, bool waits = true, string? known = null) =>
        (await names.ResolveAsync(new Written<L2tpv3Options>("-netdev", Loopback.NewOptions() with { Destination = Name }), waits, known, CancellationToken.None)).Destination;
}
