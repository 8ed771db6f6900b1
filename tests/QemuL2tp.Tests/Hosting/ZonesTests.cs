using QemuL2tp.Hosting;
using QemuL2tp.Options;
using QemuL2tp.Tests.TestSupport;

namespace QemuL2tp.Tests.Hosting;

internal sealed class ZonesTests
{
    [TestCase("fe80::1", "fe80::2%eth7", "src=fe80::1")]
    [TestCase("fe80::1", "fe80::2", "src=fe80::1")]
    [TestCase("::", "fe80::2", "dst=fe80::2")]
    [TestCase("fd00::1", "febf::2", "dst=febf::2")]
    [TestCase("fe80::1%eth7", "fe80::2", null)]
    [TestCase("::", "fe80::2%eth7", null)]
    [TestCase("fd00::1", "fd00::2", null)]
    [TestCase("fec0::1", "name.example", null)]
    public void An_address_of_one_link_only_needs_its_zone(string source, string destination, string? missing)
    {
        UserErrorException? error = Zones.FindMissing(Loopback.NewOptions(ipv6: true) with { Source = source, Destination = destination });
        Assert.That(error?.Problem, Is.EqualTo(missing is null ? null : $"{missing} is a link-local address without a zone"));
        if (missing is not null)
            Assert.That(error!.Remedy, Does.Contain($"{missing}%"));
    }

    [Test]
    public void What_to_write_is_said_with_the_interfaces_of_this_host() => OwnNetwork.Run(() =>
    {
        OwnNetwork.Command("ip", "link add v0 type veth peer name v1");
        OwnNetwork.Command("ip", "link set v0 addrgenmode none up");
        OwnNetwork.Command("ip", "link set v1 addrgenmode none up");
        OwnNetwork.Command("ip", "address add fe80::1/64 dev v0 nodad");
        OwnNetwork.Command("ip", "address add fe80::9/64 dev v1 nodad");
        L2tpv3Options options = Loopback.NewOptions(ipv6: true) with { Source = "fe80::1", Destination = "fe80::2" };
        Assert.That(Zones.FindMissing(options)!.Remedy, Is.EqualTo("Write the interface behind it: src=fe80::1%v0."));
        Assert.That(Zones.FindMissing(options with { Source = "::" })!.Remedy, Does.Contain("dst=fe80::2%v0").And.Contain("dst=fe80::2%v1"));
    });

    [Test]
    public void It_is_asked_for_before_anything_is_opened() => Assert.That(
        () => PseudowirePlan.Match(
            [new Written<L2tpv3Options>("-netdev x", Loopback.NewOptions(ipv6: true) with { Source = "fe80::1" })],
            [],
            id => new Written<FrontendOptions>("", LoopbackLink.Unix("/x"))),
        Throws.TypeOf<UserErrorException>().With.Property("Problem").EqualTo("-netdev x: src=fe80::1 is a link-local address without a zone"));
}
