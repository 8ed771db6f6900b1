using QemuL2tp.Options;

namespace QemuL2tp.Tests.Options;

/// <summary><c>-net l2tpv3</c>, as documented before QEMU 3.0.</summary>
public sealed class LegacyNetTests
{
    private const string Text = "l2tpv3,src=4.2.3.1,dst=1.2.3.4,udp,srcport=16384,dstport=16384,rxsession=0xffffffff,txsession=0xffffffff,counter";

    [Test]
    public void The_documented_example_is_accepted()
    {
        Assert.That(NetdevParser.ParseLegacyNet(Text, []), Is.EqualTo(new L2tpv3Options
        {
            Id = "net0",
            Source = "4.2.3.1",
            Destination = "1.2.3.4",
            SourcePort = "16384",
            DestinationPort = "16384",
            Udp = true,
            TransmitSession = 0xffffffff,
            ReceiveSession = 0xffffffff,
            Counter = true,
        }));
    }

    [TestCase("", "net0")]
    [TestCase(",name=vm1", "vm1")]
    [TestCase(",id=vm2", "vm2")]
    [TestCase(",name=vm1,id=vm2", "vm2")]
    public void The_id_comes_from_id_then_name_then_the_default(string more, string id)
    {
        Assert.That(NetdevParser.ParseLegacyNet(Text + more, []).Id, Is.EqualTo(id));
    }

    [Test]
    public void The_default_id_can_be_chosen()
    {
        Assert.That(NetdevParser.ParseLegacyNet(Text, [], "net7").Id, Is.EqualTo("net7"));
    }

    [Test]
    public void The_vlan_is_ignored_with_a_warning_after_QEMUs_own()
    {
        var warnings = new List<string>();
        NetdevParser.ParseLegacyNet(Text + ",vlan=3", warnings);
        Assert.That(warnings, Has.Count.EqualTo(3));
        Assert.That(warnings[0], Does.StartWith("short-form boolean option 'udp' deprecated"));
        Assert.That(warnings[2], Does.StartWith("vlan=3 is ignored").And.Contain("-netdev hubport"));
    }

    [TestCase(Text + ",vlan=x", "Parameter 'vlan' expects a uint64 value")]
    [TestCase(Text + ",vlan=4294967296", "Parameter 'vlan' expects uint32_t")]
    [TestCase(Text + ",name=9", "Parameter 'name' expects an identifier")]
    [TestCase(Text + ",id=9", "Parameter 'id' expects an identifier")]
    [TestCase(Text + ",foo=1", "Invalid parameter 'foo'")]
    [TestCase("l2tpv3", "Parameter 'src' is missing")]
    [TestCase("", "Parameter 'type' is missing")]
    [TestCase("user", "network backend 'user' is not compiled into this binary")]
    [TestCase("{}", "Parameter 'type' does not accept value '{}'")]
    public void A_mistake_is_reported_in_QEMUs_words(string text, string message)
    {
        UserErrorException error = Assert.Throws<UserErrorException>(() => NetdevParser.ParseLegacyNet(text, []))!;
        Assert.That(error.Problem, Is.EqualTo(message));
        Assert.That(error.Remedy, Is.Not.Null.And.Not.Empty);
    }

    [TestCase("name=a")]
    [TestCase("vlan=0")]
    public void A_netdev_has_neither_name_nor_vlan(string option)
    {
        UserErrorException error = Assert.Throws<UserErrorException>(() => NetdevTextTests.Parse($"{NetdevTextTests.Minimal},{option}"))!;
        Assert.That(error.Problem, Is.EqualTo($"Invalid parameter '{option[..4]}'"));
    }
}
