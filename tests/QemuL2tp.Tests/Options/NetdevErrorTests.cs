using QemuL2tp.Options;

namespace QemuL2tp.Tests.Options;

/// <summary>Text that QEMU refuses, with QEMU 7.2's words, and the part of the remedy that names the value.</summary>
public sealed class NetdevErrorTests
{
    private const string M = NetdevTextTests.Minimal;

    [TestCase("", "Parameter 'id' is missing", "id=VALUE")]
    [TestCase("l2tpv3", "Parameter 'id' is missing", "id=VALUE")]
    [TestCase(",", "Parameter 'id' is missing", "id=VALUE")]
    [TestCase("id=n,src=a", "Parameter 'type' is missing", "type=VALUE")]
    [TestCase("l2tpv3,id=n", "Parameter 'src' is missing", "src=VALUE")]
    [TestCase("l2tpv3,id=n,src=a", "Parameter 'dst' is missing", "dst=VALUE")]
    [TestCase("l2tpv3,id=n,src=a,dst=b", "Parameter 'txsession' is missing", "txsession=VALUE")]
    [TestCase("l2tpv3,id=1a", "Parameter 'id' expects an identifier", "'id=1a'")]
    [TestCase("l2tpv3,id=", "Parameter 'id' expects an identifier", "'id='")]
    [TestCase("l2tpv3,id=a/b", "Parameter 'id' expects an identifier", "'id=a/b'")]
    [TestCase("l2tpv3,id=1,id=n", "Parameter 'id' expects an identifier", "'id=1'")]
    [TestCase("foo,id=n", "Parameter 'type' does not accept value 'foo'", "type=l2tpv3")]
    [TestCase("L2TPV3,id=n", "Parameter 'type' does not accept value 'L2TPV3'", "type=l2tpv3")]
    [TestCase("?", "Parameter 'type' does not accept value '?'", "--help")]
    [TestCase("help", "Parameter 'type' does not accept value 'help'", "--help")]
    [TestCase("user,id=x", "network backend 'user' is not compiled into this binary", "'user'")]
    [TestCase("stream,id=x,server=on", "network backend 'stream' is not compiled into this binary", "--frontend")]
    [TestCase(M + ",foo=1", "Invalid parameter 'foo'", "Leave out 'foo=1'")]
    [TestCase(M + ",nofoo", "Invalid parameter 'foo'", "'foo'")]
    [TestCase(M + ",help", "Invalid parameter 'help'", "'help'")]
    [TestCase(M + ",=5", "Invalid parameter ''", "Leave out '=5'")]
    [TestCase(M + ",SRC=1", "Invalid parameter 'SRC'", "'src'")]
    [TestCase(M + ",rxsesion=1", "Invalid parameter 'rxsesion'", "'rxsession'")]
    [TestCase(M + ",ipv6-net=fec0::/64", "Invalid parameter 'ipv6-net'", "'ipv6-net=fec0::/64'")]
    [TestCase(M + ",counter=", "Parameter 'counter' expects 'on' or 'off'", "'counter='")]
    [TestCase(M + ",counter=1", "Parameter 'counter' expects 'on' or 'off'", "'counter=1'")]
    [TestCase(M + ",counter=ON", "Parameter 'counter' expects 'on' or 'off'", "'counter=ON'")]
    [TestCase(M + ",txsession=", "Parameter 'txsession' expects a uint64 value", "'txsession='")]
    [TestCase(M + ",txsession", "Parameter 'txsession' expects a uint64 value", "'txsession=on'")]
    [TestCase(M + ",txsession=-5", "Parameter 'txsession' expects a uint64 value", "'txsession=-5'")]
    [TestCase(M + ",txsession=-0", "Parameter 'txsession' expects a uint64 value", "'txsession=-0'")]
    [TestCase(M + ",txsession=+-5", "Parameter 'txsession' expects a uint64 value", "'txsession=+-5'")]
    [TestCase(M + ",txsession=5 ", "Parameter 'txsession' expects a uint64 value", "'txsession=5 '")]
    [TestCase(M + ",txsession=0x", "Parameter 'txsession' expects a uint64 value", "'txsession=0x'")]
    [TestCase(M + ",txsession=08", "Parameter 'txsession' expects a uint64 value", "'txsession=08'")]
    [TestCase(M + ",txsession=1k", "Parameter 'txsession' expects a uint64 value", "'txsession=1k'")]
    [TestCase(M + ",txsession=0b1", "Parameter 'txsession' expects a uint64 value", "'txsession=0b1'")]
    [TestCase(M + ",,", "Parameter 'txsession' expects a uint64 value", "'txsession=1,'")]
    [TestCase(M + ",txsession=4294967296", "Parameter 'txsession' expects uint32_t", "'txsession=4294967296'")]
    [TestCase(M + ",txsession=18446744073709551615", "Parameter 'txsession' expects uint32_t", "'txsession=18446744073709551615'")]
    [TestCase(M + ",txsession=18446744073709551616", "Parameter 'txsession' expects a uint64 value", "'txsession=18446744073709551616'")]
    [TestCase(M + ",rxcookie=0x10000000000000000,txcookie=1", "Parameter 'rxcookie' expects a uint64 value", "'rxcookie=0x10000000000000000'")]
    [TestCase(M + ",offset=257", "offset must be less than 256 bytes", "'offset=257'")]
    [TestCase(M + ",offset=257,rxcookie=1", "offset must be less than 256 bytes", "'offset=257'")]
    [TestCase(M + ",rxcookie=1,udp=on", "require both 'rxcookie' and 'txcookie' or neither", "'rxcookie=1'")]
    [TestCase(M + ",txcookie=2", "require both 'rxcookie' and 'txcookie' or neither", "'txcookie=2'")]
    [TestCase(M + ",udp=on", "need both src and dst port for udp", "srcport=PORT and dstport=PORT")]
    [TestCase(M + ",udp=on,srcport=1", "need both src and dst port for udp", "add dstport=PORT")]
    [TestCase(M + ",counter=bad,udp=bad", "Parameter 'udp' expects 'on' or 'off'", "'udp=bad'")]
    [TestCase(M + ",rxsession=x,txcookie=x", "Parameter 'txcookie' expects a uint64 value", "'txcookie=x'")]
    public void The_message_is_QEMUs_and_the_remedy_names_the_value(string text, string message, string remedy)
    {
        UserErrorException error = Assert.Throws<UserErrorException>(() => NetdevTextTests.Parse(text))!;
        Assert.That(error.Problem, Is.EqualTo(message));
        Assert.That(error.Remedy, Does.Contain(remedy));
    }

    [Test]
    public void The_identifier_error_carries_QEMUs_own_hint()
    {
        Assert.That(
            Assert.Throws<UserErrorException>(() => NetdevTextTests.Parse("l2tpv3,id=9"))!.Remedy,
            Does.StartWith("Identifiers consist of letters, digits, '-', '.', '_', starting with a letter"));
    }

    [Test]
    public void A_netdev_id_used_twice_is_QEMUs_error()
    {
        UserErrorException error = Assert.Throws<UserErrorException>(() => NetdevIds.RequireDistinct(["a", "x", "b", "x"]))!;
        Assert.That(error.Problem, Is.EqualTo("Duplicate ID 'x' for netdev"));
        Assert.That(error.Remedy, Does.Contain("'id=x'"));
        Assert.That(() => NetdevIds.RequireDistinct(["a", "b", "A"]), Throws.Nothing);
    }
}
