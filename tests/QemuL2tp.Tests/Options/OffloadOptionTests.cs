using QemuL2tp.Options;

namespace QemuL2tp.Tests.Options;

/// <summary><c>x-gso</c> and <c>x-gro</c>.</summary>
internal sealed class OffloadOptionTests
{
    private const string Udp = "l2tpv3,id=a,src=1.2.3.4,dst=1.2.3.5,txsession=1,udp=on,srcport=1,dstport=2";
    private const string IP = "l2tpv3,id=a,src=1.2.3.4,dst=1.2.3.5,txsession=1";

    [TestCase(Udp, OffloadSwitch.Auto, OffloadSwitch.Auto)]
    [TestCase(Udp + ",x-gso=auto,x-gro=auto", OffloadSwitch.Auto, OffloadSwitch.Auto)]
    [TestCase(Udp + ",x-gso=on", OffloadSwitch.On, OffloadSwitch.Auto)]
    [TestCase(Udp + ",x-gro=on", OffloadSwitch.Auto, OffloadSwitch.On)]
    [TestCase(Udp + ",x-gso=off,x-gro=off", OffloadSwitch.Off, OffloadSwitch.Off)]
    [TestCase(IP + ",x-gso=off,x-gro=auto", OffloadSwitch.Off, OffloadSwitch.Auto)]
    public void Each_direction_has_its_switch(string text, OffloadSwitch send, OffloadSwitch receive)
    {
        L2tpv3Options options = NetdevTextTests.Parse(text);
        Assert.That((options.SendOffload, options.ReceiveOffload), Is.EqualTo((send, receive)));
    }

    [TestCase(Udp + ",x-gso=yes", "Parameter 'x-gso' does not accept value 'yes'", "x-gso=auto")]
    [TestCase(Udp + ",x-gro=1", "Parameter 'x-gro' does not accept value '1'", "x-gro=auto")]
    [TestCase(IP + ",x-gso=on", "'x-gso=on' needs 'udp=on'", "leave x-gso out")]
    [TestCase(IP + ",x-gro=on", "'x-gro=on' needs 'udp=on'", "leave x-gro out")]
    public void A_value_that_cannot_be_is_an_error_with_a_remedy(string text, string message, string remedy) =>
        Assert.That(
            () => NetdevTextTests.Parse(text),
            Throws.TypeOf<UserErrorException>().With.Property(nameof(UserErrorException.Problem)).EqualTo(message).And.Property("Remedy").Contains(remedy));
}
