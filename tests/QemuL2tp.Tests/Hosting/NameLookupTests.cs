using QemuL2tp.Hosting;
using QemuL2tp.Options;
using QemuL2tp.Tests.TestSupport;

namespace QemuL2tp.Tests.Hosting;

/// <summary>Names are looked up where nobody else waits for them, and can be given up.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class NameLookupTests : IDisposable
{
    private const string Slow = "slow.example";

    private readonly TemporaryDirectory _directory = new();
    private readonly ManualResetEventSlim _answer = new();
    private readonly PseudowireHost _host;
    private int _questions;

    public NameLookupTests()
    {
        var lookup = new NameLookup((_, _, _) =>
        {
            _ = Interlocked.Increment(ref _questions);
            _ = _answer.Wait(Loopback.PatienceMilliseconds);
            return (["127.0.0.1"], "");
        });
        _host = new PseudowireHost(new RecordingLog(), lookup: lookup);
        _host.Start();
    }

    public void Dispose()
    {
        _answer.Set();
        _host.Dispose();
        _directory.Dispose();
    }

    [Test]
    public void While_a_name_is_looked_up_others_come_and_go()
    {
        Task<Pseudowire> slow = _host.AddAsync(Plan("slow", Loopback.NewOptions() with { Destination = Slow }));
        _host.Add(Plan("other", Loopback.NewOptions()));
        Assert.That(_host.All.Select(each => each.Id), Is.EqualTo(new[] { "other" }));
        Assert.That(_host.Find("slow"), Is.Null);
        Assert.That(_host.Remove("other"), Is.True);
        Assert.That(slow.IsCompleted, Is.False);

        _host.Add(Plan("other", Loopback.NewOptions()));
        _answer.Set();
        Assert.That(slow.Wait(Loopback.PatienceMilliseconds), Is.True);
        Assert.That(_host.All.Select(each => each.Id), Is.EqualTo(new[] { "slow", "other" }), "in the order in which they were asked for");
        Assert.That(slow.Result.Netdev.Destination, Is.EqualTo(Slow), "what the user wrote");
    }

    [Test]
    public void An_id_is_taken_from_the_moment_in_which_it_is_asked_for()
    {
        _ = _host.AddAsync(Plan("a", Loopback.NewOptions() with { Source = Slow }));
        Assert.That(() => _host.Add(Plan("a", Loopback.NewOptions())), Throws.TypeOf<UserErrorException>().With.Message.Contains("Duplicate ID 'a'"));
    }

    [Test]
    public void What_is_removed_while_its_name_is_looked_up_is_given_up()
    {
        Task<Pseudowire> slow = _host.AddAsync(Plan("a", Loopback.NewOptions() with { Source = Slow }));
        Assert.That(_host.Remove("a"), Is.True);
        Assert.That(async () => await slow, Throws.TypeOf<UserErrorException>().With.Message.Contains("removed while its names were looked up"));
        Assert.That(_host.Remove("a"), Is.False);
        _host.Add(Plan("a", Loopback.NewOptions()));
    }

    [Test]
    public void The_end_waits_for_no_name()
    {
        Task<Pseudowire> slow = _host.AddAsync(Plan("a", Loopback.NewOptions() with { Source = Slow }));
        _host.Stop();
        Assert.That(async () => await slow, Throws.TypeOf<UserErrorException>().With.Message.Contains("the end has begun"));
        Assert.That(_answer.IsSet, Is.False);
    }

    [TestCase("stream,server=on,addr.type=inet,addr.host=slow.example,addr.port=5")]
    [TestCase("stream,server=off,addr.type=inet,addr.host=slow.example,addr.port=5")]
    [TestCase("socket,connect=slow.example:5")]
    [TestCase("dgram,local.type=inet,local.host=slow.example,local.port=5,remote.type=inet,remote.host=127.0.0.1,remote.port=6")]
    [TestCase("dgram,local.type=inet,local.host=127.0.0.1,local.port=5,remote.type=inet,remote.host=slow.example,remote.port=6")]
    [TestCase("socket,udp=slow.example:5,localaddr=127.0.0.1:6")]
    public void Names_of_front_ends_too_and_whoever_asked_can_give_up(string frontend)
    {
        L2tpv3Options options = Loopback.NewOptions() with { Id = "a" };
        using var patience = new CancellationTokenSource();
        Task<Pseudowire> slow = _host.AddAsync(
            new PseudowirePlan(new Written<L2tpv3Options>("-netdev", options), new Written<FrontendOptions>("--frontend", FrontendParser.Parse(frontend, []))), patience.Token);
        Assert.That(() => Volatile.Read(ref _questions), Is.EqualTo(1).After(Loopback.PatienceMilliseconds, 5));
        _host.Add(Plan("other", Loopback.NewOptions()));
        Assert.That(slow.IsCompleted, Is.False);

        patience.Cancel();
        Assert.That(async () => await slow, Throws.InstanceOf<OperationCanceledException>());
        _host.Add(Plan("a", options));
    }

    [Test]
    public void Addresses_are_no_questions()
    {
        Task<Pseudowire> added = _host.AddAsync(Plan("a", Loopback.NewOptions(ipv6: true)));
        Assert.That(added.IsCompletedSuccessfully, Is.True, "at once");
        Assert.That(_questions, Is.Zero);
    }

    [Test]
    public void Starting_from_a_program_can_be_given_up()
    {
        using var cancelled = new CancellationTokenSource();
        cancelled.Cancel();
        Assert.That(
            async () => await Pseudowire.StartAsync("l2tpv3,id=a,src=localhost,dst=localhost,udp=on,srcport=0,dstport=9,txsession=1", $"stream,server=on,addr.type=unix,addr.path={_directory.File("s")}", cancellationToken: cancelled.Token),
            Throws.InstanceOf<OperationCanceledException>());
        Assert.That(File.Exists(_directory.File("s")), Is.False);
    }

    private PseudowirePlan Plan(string id, L2tpv3Options options) => new(
        new Written<L2tpv3Options>("-netdev", options with { Id = id }), new Written<FrontendOptions>("--frontend", LoopbackLink.Unix(_directory.File(id))));
}
