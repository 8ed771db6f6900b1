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
        Assert.That((LocalPort.IsTaken(one, other), LocalPort.IsTaken(other, one)), Is.EqualTo((isShared, isShared)));
        using var first = TunnelSession.OpenAlone(one, new RecordingLog());
        if (isShared)
            Assert.That(() => TunnelSession.OpenAlone(other, new RecordingLog()), Throws.TypeOf<UserErrorException>().With.Message.Contains("err=98"));
        else
            TunnelSession.OpenAlone(other, new RecordingLog()).Dispose();
    });

    [TestCase("127.0.0.1", "127.0.0.1", true)]
    [TestCase("127.0.0.1", "127.0.0.2", false)]
    [TestCase("0.0.0.0", "0.0.0.0", true)]
    [TestCase("0.0.0.0", "127.0.0.1", false)]
    [TestCase("::1", "0:0::1", true)]
    [TestCase("::", "0::0", true)]
    [TestCase("::", "0.0.0.0", false)]
    public void The_same_address_and_port_is_the_same_tunnel(string source, string otherSource, bool isSame)
    {
        L2tpv3Options one = Options(source, "5000"), other = Options(otherSource, "5000");
        Assert.That(LocalPort.IsSame(one, other), Is.EqualTo(isSame));
        Assert.That(LocalPort.IsSame(one, other with { SourcePort = "5001" }), Is.False);
        Assert.That(LocalPort.IsSame(one with { SourcePort = "0" }, other with { SourcePort = "0" }), Is.False);
        Assert.That(LocalPort.IsSame(one with { Udp = false, SourcePort = null }, other with { Udp = false, SourcePort = null }), Is.EqualTo(isSame));
        Assert.That(LocalPort.IsSame(one, other with { Udp = false, SourcePort = null }), Is.False);
    }

    [TestCase("late.example", "127.0.0.1", true)]
    [TestCase("late.example", "other.example", true)]
    [TestCase("127.0.0.1", "127.0.0.2", false)]
    public void A_name_may_turn_out_to_be_any_address(string source, string otherSource, bool mayBecomeSame)
    {
        L2tpv3Options one = Options(source, "5000"), other = Options(otherSource, "5000");
        Assert.That((LocalPort.MayBecomeSame(one, other), LocalPort.MayBecomeSame(other, one)), Is.EqualTo((mayBecomeSame, mayBecomeSame)));
        Assert.That(LocalPort.MayBecomeSame(one, other with { SourcePort = "5001" }), Is.False);
        Assert.That(LocalPort.MayBecomeSame(one, other with { Udp = false, SourcePort = null }), Is.False);
    }

    [Test]
    public void Sessions_of_one_tunnel_differ_in_rxsession_and_agree_about_the_socket()
    {
        L2tpv3Options one = Options("127.0.0.1", "5000") with { Id = "a", ReceiveSession = 1 };
        L2tpv3Options other = one with { Id = "b", ReceiveSession = 2 };
        Assert.That(LocalPort.FindConflict(other, one), Is.Null);
        Assert.That(LocalPort.FindConflict(other with { ReceiveSession = 1 }, one)?.Problem, Is.EqualTo("rxsession=1 is that of the pseudowire 'a', which has the same src=127.0.0.1 and srcport=5000"));
        Assert.That(LocalPort.FindConflict(other with { ReceiveOffload = OffloadSwitch.Off }, one)?.Problem, Is.EqualTo("x-gro=off differs from x-gro=auto of the pseudowire 'a', which has the same src=127.0.0.1 and srcport=5000"));
        L2tpv3Options raw = one with { Udp = false, SourcePort = null };
        Assert.That(LocalPort.FindConflict(raw with { Id = "b" }, raw)?.Problem, Is.EqualTo("rxsession=1 is that of the pseudowire 'a', which has the same src=127.0.0.1"));
    }

    [Test]
    public void Other_ports_any_port_and_raw_IP_are_nobodys()
    {
        Assert.That(LocalPort.IsTaken(Options("127.0.0.1", "5000"), Options("127.0.0.1", "5001")), Is.False);
        Assert.That(LocalPort.IsTaken(Options("127.0.0.1", "0"), Options("127.0.0.1", "0")), Is.False);
        L2tpv3Options raw = Options("127.0.0.1", "5000") with { Udp = false, SourcePort = null };
        Assert.That(LocalPort.IsTaken(raw, raw), Is.False);
    }

    [TestCase("l2tp", "1701", true)]
    [TestCase("1701", "l2f", true)]
    [TestCase("l2tp", "l2f", true)]
    [TestCase("l2tp", "1702", false)]
    [TestCase("no-such-service", "1701", false)]
    public void The_name_of_a_service_is_its_port(string port, string otherPort, bool isSame)
    {
        L2tpv3Options one = Options("127.0.0.1", port) with { Id = "a" }, other = Options("127.0.0.1", otherPort) with { Id = "b" };
        Assert.That(LocalPort.IsSame(one, other), Is.EqualTo(isSame));
        Assert.That(LocalPort.FindConflict(other, one)?.Option, Is.EqualTo(isSame ? "rxsession" : null));
        Assert.That(LocalPort.FindConflict(other with { ReceiveSession = 1 }, one), Is.Null);
        Assert.That(LocalPort.IsTaken(one with { Source = "0.0.0.0" }, other), Is.EqualTo(isSame));
    }

    [Test]
    public void Pseudowires_share_a_port_whose_name_or_number_is_written() => OwnNetwork.Run(() =>
    {
        using var directory = new TemporaryDirectory();
        using var host = new PseudowireHost(new RecordingLog());
        L2tpv3Options options = Options("127.0.0.1", "l2tp");
        Add("a", options with { ReceiveSession = 1 });
        Add("b", options with { SourcePort = "1701", ReceiveSession = 2 });
        Assert.That(host.Find("a")!.TunnelTotals, Is.SameAs(host.Find("b")!.TunnelTotals));
        Assert.That(
            () => Add("c", options with { SourcePort = "l2f", ReceiveSession = 2 }),
            Throws.TypeOf<UserErrorException>().With.Message.Contains("rxsession=2 is that of the pseudowire 'b', which has the same src=127.0.0.1 and srcport=l2f"));

        void Add(string id, L2tpv3Options each) => host.Add(new PseudowirePlan(
            new Written<L2tpv3Options>("-netdev", each with { Id = id }), new Written<FrontendOptions>("--frontend", LoopbackLink.Unix(directory.File(id)))));
    });

    [TestCase("localhost", "127.0.0.1", false, true)]
    [TestCase("127.0.0.1", "LOCALHOST", false, true)]
    [TestCase("localhost", "::1", true, true)]
    [TestCase("localhost", "127.0.0.2", false, false)]
    public void The_name_localhost_is_the_loopback_address(string source, string otherSource, bool isIPv6, bool isShared) => Assert.That(
        LocalPort.IsSame(Options(source, "5000") with { IPv6 = isIPv6 }, Options(otherSource, "5000") with { IPv6 = isIPv6 }), Is.EqualTo(isShared));

    [TestCase("host.example", "HOST.example", true)]
    [TestCase("host.example", "other.example", false)]
    [TestCase("fe80::1%eth0", "fe80::1%eth0", true)]
    [TestCase("fe80::1%eth0", "fe80::1%eth1", false)]
    public void Names_and_zones_are_compared_as_they_are_written(string source, string otherSource, bool isShared) =>
        Assert.That(LocalPort.IsSame(Options(source, "5000") with { IPv6 = true }, Options(otherSource, "5000") with { IPv6 = true }), Is.EqualTo(isShared));

    [Test]
    public void The_second_one_hears_who_has_the_port()
    {
        using var directory = new TemporaryDirectory();
        using var host = new PseudowireHost(new RecordingLog());
        L2tpv3Options options = Loopback.NewOptions() with { Source = "127.0.0.1" };
        host.Add(Plan("a", options));
        Assert.That(
            () => host.Add(Plan("b", options with { Source = "0.0.0.0" })),
            Throws.TypeOf<UserErrorException>().With.Property("Problem").EqualTo($"-netdev: could not bind socket err=98: srcport={options.SourcePort} on src=0.0.0.0 is used by the pseudowire 'a'"));
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
