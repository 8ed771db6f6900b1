using QemuL2tp.Hosting;
using QemuL2tp.Options;
using QemuL2tp.Tests.TestSupport;
using QemuL2tp.Tunnel;

namespace QemuL2tp.Tests.Hosting;

/// <summary>What is said about two pseudowires beforehand is what the kernel says when both are opened.</summary>
internal sealed class LocalPortTests
{
    [TestCase("127.0.0.1", "127.0.0.1", true)]
    [TestCase("127.0.0.1", "127.0.0.2", false)]
    [TestCase("0.0.0.0", "127.0.0.1", true)]
    [TestCase("::1", "::1", true)]
    [TestCase("::1", "0:0::1", true)]
    [TestCase("::", "::1", true)]
    [TestCase("::1", "127.0.0.1", false)]
    [TestCase("::1", "0.0.0.0", false)]
    [TestCase("::", "127.0.0.1", true)]
    [TestCase("::", "0.0.0.0", true)]
    public void A_port_is_shared_as_the_kernel_sees_it(string source, string otherSource, bool isShared) => OwnNetwork.Run(() =>
    {
        L2tpv3Options one = Options(source, "5000");
        L2tpv3Options other = Options(otherSource, "5000");
        Assert.That((LocalPort.IsShared(one, other), LocalPort.IsShared(other, one)), Is.EqualTo((isShared, isShared)));
        using var first = new TunnelPort(one, new RecordingLog());
        if (isShared)
            Assert.That(() => new TunnelPort(other, new RecordingLog()), Throws.TypeOf<UserErrorException>().With.Message.Contains("err=98"));
        else
            new TunnelPort(other, new RecordingLog()).Dispose();
    });

    [Test]
    public void Other_ports_any_port_and_raw_IP_are_nobodys()
    {
        Assert.That(LocalPort.IsShared(Options("127.0.0.1", "5000"), Options("127.0.0.1", "5001")), Is.False);
        Assert.That(LocalPort.IsShared(Options("127.0.0.1", "0"), Options("127.0.0.1", "0")), Is.False);
        L2tpv3Options raw = Options("127.0.0.1", "5000") with { Udp = false, SourcePort = null };
        Assert.That(LocalPort.IsShared(raw, raw), Is.False);
    }

    [TestCase("localhost", "127.0.0.1", false, true)]
    [TestCase("127.0.0.1", "LOCALHOST", false, true)]
    [TestCase("localhost", "::1", true, true)]
    [TestCase("localhost", "127.0.0.2", false, false)]
    public void The_name_localhost_is_the_loopback_address(string source, string otherSource, bool isIPv6, bool isShared) => Assert.That(
        LocalPort.IsShared(Options(source, "5000") with { IPv6 = isIPv6 }, Options(otherSource, "5000") with { IPv6 = isIPv6 }), Is.EqualTo(isShared));

    [TestCase("host.example", "HOST.example", true)]
    [TestCase("host.example", "other.example", false)]
    [TestCase("fe80::1%eth0", "fe80::1%eth0", true)]
    [TestCase("fe80::1%eth0", "fe80::1%eth1", false)]
    public void Names_and_zones_are_compared_as_they_are_written(string source, string otherSource, bool isShared) =>
        Assert.That(LocalPort.IsShared(Options(source, "5000") with { IPv6 = true }, Options(otherSource, "5000") with { IPv6 = true }), Is.EqualTo(isShared));

    [Test]
    public void The_second_one_hears_who_has_the_port()
    {
        using var directory = new TemporaryDirectory();
        using var host = new PseudowireHost(new RecordingLog());
        L2tpv3Options options = Loopback.NewOptions() with { Source = "127.0.0.1" };
        host.Add(Plan("a", options));
        Assert.That(
            () => host.Add(Plan("b", options with { Source = "localhost" })),
            Throws.TypeOf<UserErrorException>().With.Property("Problem").EqualTo($"-netdev: could not bind socket err=98: srcport={options.SourcePort} on src=127.0.0.1 is used by the pseudowire 'a'"));
        Assert.That(host.Remove("a"), Is.True);
        host.Add(Plan("b", options));

        PseudowirePlan Plan(string id, L2tpv3Options each) => new(
            new Written<L2tpv3Options>("-netdev", each with { Id = id }), new Written<FrontendOptions>("--frontend", LoopbackLink.Unix(directory.File(id))));
    }

    private static L2tpv3Options Options(string source, string port)
    {
        bool ipv6 = source.Contains(':', StringComparison.Ordinal);
        return Loopback.NewOptions(ipv6: ipv6) with { Source = source, SourcePort = port };
    }
}
