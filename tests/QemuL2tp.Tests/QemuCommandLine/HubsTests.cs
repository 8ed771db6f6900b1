using QemuL2tp.Options;

namespace QemuL2tp.Tests.QemuCommandLine;

/// <summary><c>vlan=</c> of old QEMUs: several hubs are an error, for QEMU has one.</summary>
public sealed class HubsTests
{
    private const string One = "-net l2tpv3,vlan=1,src=x";

    [TestCase($"{One} -net l2tpv3,vlan=2,src=y", "-net l2tpv3,vlan=1,src=x: vlan=1 is another hub than vlan=2, that of -net l2tpv3")]
    [TestCase($"-net nic {One}", "vlan=1 is another hub than vlan=0, that of -net nic")]
    [TestCase($"--net nic,vlan=2 {One}", "vlan=1 is another hub than vlan=2, that of -net nic")]
    [TestCase("-net nic,vlan=1 -net l2tpv3,src=x", "vlan=0 is another hub than vlan=1, that of -net nic")]
    [TestCase($"{One} -net user", "vlan=1 is another hub than vlan=0, that of -net user")]
    [TestCase($"-net nic,vlan=1 {One}", "-net nic,vlan=1: Invalid parameter 'vlan'")]
    public void Of_several_there_is_an_error(string line, string message)
    {
        UserErrorException error = Assert.Throws<UserErrorException>(() => Rewritten.Of($"q {line}"))!;

        Assert.That(error.Problem, Does.EndWith(message));
        Assert.That(error.Remedy, Does.Contain("vlan="));
    }

    [TestCase("-net nic -net l2tpv3,vlan=0,src=x")]
    [TestCase($"{One} -net l2tpv3,vlan=0x1,src=y")]
    [TestCase("-net nic,vlan=1 -net user,vlan=1 -netdev l2tpv3,id=a")]
    public void One_is_as_good_as_none(string line) => Assert.That(() => Rewritten.Of($"q {line}"), Throws.Nothing);
}
