using QemuL2tp.Hosting;
using QemuL2tp.Options;
using QemuL2tp.Tests.TestSupport;

namespace QemuL2tp.Tests.Hosting;

/// <summary>What neither time nor a name server mends is an error at once, in the same words beforehand and where pseudowires wait for what is not there yet.</summary>
internal sealed class HopelessAddressTests
{
    private const string NoName = "could not resolve src, errno = Name or service not known";
    private const string OtherFamily = "could not resolve src, errno = Address family for hostname not supported";
    private const string NoService = "could not resolve src, errno = Servname not supported for ai_socktype";

    [TestCase("", NoName)]
    [TestCase("300.1.1.1", NoName)]
    [TestCase("1.2.3.400", NoName)]
    [TestCase("1.2.3.4.5", NoName)]
    [TestCase("bad name!", NoName)]
    [TestCase("host name", NoName)]
    [TestCase(" 127.0.0.1", NoName)]
    [TestCase("host\tname", NoName)]
    [TestCase("a..b", NoName)]
    [TestCase("a/b", NoName)]
    [TestCase("name%lo", NoName)]
    [TestCase("[127.0.0.1", NoName)]
    [TestCase("127.0.0.1%lo", null)]
    [TestCase("::1", OtherFamily)]
    [TestCase("fe80::1%lo", OtherFamily)]
    public void An_address_of_IPv4(string source, string? problem) => Expect(Loopback.NewOptions() with { Source = source }, problem, "src", source);

    [TestCase("127.0.0.1", OtherFamily)]
    [TestCase("fe80::1%lo%lo", NoName)]
    [TestCase("fe80::1%", NoName)]
    [TestCase("fe80::1%a b", NoName)]
    [TestCase("fe80::1%an-interface-with-a-long-name", NoName)]
    public void An_address_of_IPv6(string source, string problem) => Expect(Loopback.NewOptions(ipv6: true) with { Source = source }, problem, "src", source);

    [TestCase("", "could not resolve dst, error = Name or service not known")]
    [TestCase("1.2.3.400", "could not resolve dst, error = Name or service not known")]
    [TestCase("::1", "could not resolve dst, error = Address family for hostname not supported")]
    public void A_destination(string destination, string problem) => Expect(Loopback.NewOptions() with { Destination = destination }, problem, "dst", destination);

    [TestCase("foo")]
    [TestCase("-1")]
    [TestCase("1701x")]
    [TestCase("0x6a5")]
    public void A_port(string port)
    {
        Expect(Loopback.NewOptions() with { SourcePort = port }, NoService, "srcport", port);
        Expect(Loopback.NewOptions() with { Source = "later.example", SourcePort = port }, NoService, "srcport", port);
        Expect(Loopback.NewOptions() with { DestinationPort = port }, "could not resolve dst, error = Servname not supported for ai_socktype", "dstport", port);
    }

    [TestCase("127.0.0.1%lo", false, "an IPv4 address has no zone")]
    [TestCase("127.0.0.1%lo", true, "an IPv4 address has no zone")]
    [TestCase("fe80::1%lo%lo", true, "'lo%lo' is no name of an interface")]
    public void A_zone_that_cannot_be_is_named(string source, bool isIPv6, string remedy)
    {
        List<UserErrorException> found = [];
        _ = Match(Loopback.NewOptions(ipv6: isIPv6) with { Source = source }, found.Add);
        Assert.That(found.Single().Remedy, Does.EndWith(remedy));
    }

    [Test]
    public void An_IPv4_address_in_an_IPv6_one_is_no_raw_sockets_own()
    {
        L2tpv3Options options = Loopback.NewOptions(udp: false, ipv6: true) with { Source = "::ffff:127.0.0.1" };
        Expect(options, "could not bind socket err=99: src=::ffff:127.0.0.1 is the IPv4 address 127.0.0.1", "src", "::ffff:127.0.0.1");
    }

    [Test]
    public void All_of_them_are_told_beforehand()
    {
        List<string?> wrong = [];
        L2tpv3Options options = Loopback.NewOptions() with { Source = "300.1.1.1", SourcePort = "foo", Destination = "", DestinationPort = "-1" };
        _ = Match(options, error => wrong.Add(error.Option));
        Assert.That(wrong, Is.EqualTo(new[] { "srcport", "src", "dstport", "dst" }));
    }

    [TestCase("later.example", false)]
    [TestCase("later", false)]
    [TestCase("a_b-c.example.", false)]
    [TestCase("3com", false)]
    [TestCase("höst", false)]
    [TestCase("127.1", false)]
    [TestCase("0x7f000001", false)]
    [TestCase("later.example", true)]
    [TestCase("fe80::1%later0", true)]
    [TestCase("fe80::1%7", true)]
    [TestCase("::ffff:127.0.0.1", true)]
    [TestCase("fd00::1", true)]
    public void What_may_be_there_one_day_is_no_mistake(string source, bool isIPv6) => _ = Match(
        Loopback.NewOptions(ipv6: isIPv6) with { Source = source, SourcePort = "l2tp" }, error => Assert.Fail(error.Message));

    private static void Expect(L2tpv3Options options, string? problem, string option, string value)
    {
        List<UserErrorException> found = [];
        PseudowirePlan plan = Match(options, found.Add);
        Assert.That(found, Has.Count.EqualTo(1));
        UserErrorException error = found[0];
        Assert.That(error.Problem, problem is null ? Does.StartWith("could not resolve ") : Is.EqualTo(problem));
        Assert.That((error.Option, error.Value, error.IsNotThereYet), Is.EqualTo((option, value, false)));
        Assert.That(error.Message, Does.Contain($"{option}={value}"));

        // The lookup is asked for nothing of the kind.
        using var host = new PseudowireHost(new RecordingLog(), lookup: new NameLookup((name, _, _) => ([], $"asked for {name}")));
        Assert.That(() => host.Add(plan), Throws.TypeOf<UserErrorException>().With.Property("Problem").EqualTo("-netdev: " + error.Problem).And.Property("Remedy").EqualTo(error.Remedy));
    }

    private static PseudowirePlan Match(L2tpv3Options options, Action<UserErrorException> report)
    {
        var netdev = new Written<L2tpv3Options>("-netdev", options);
        var frontend = new Written<FrontendOptions>("--frontend", LoopbackLink.Unix($"/tmp/{options.Id}-hopeless"));
        List<PseudowirePlan> plans = PseudowirePlan.Match([netdev], [frontend], id => throw new AssertionException(id), (_, error) => report(error));
        return plans[0] with { WaitsByDefault = true };
    }
}
