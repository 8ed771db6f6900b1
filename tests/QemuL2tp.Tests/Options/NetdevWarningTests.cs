using QemuL2tp.Options;

namespace QemuL2tp.Tests.Options;

/// <summary>What is accepted with a warning; each warning names option, value and remedy.</summary>
public sealed class NetdevWarningTests
{
    private const string M = NetdevTextTests.Minimal;
    private const string U = NetdevTextTests.Udp;

    private static List<string> WarningsOf(string text)
    {
        var warnings = new List<string>();
        NetdevParser.Parse(text, warnings);
        return warnings;
    }

    [TestCase(M)]
    [TestCase(U)]
    [TestCase(U + ",cookie64=on,txcookie=0x1122334455667788,rxcookie=0xffffffffffffffff,counter=on,pincounter=on,offset=4")]
    [TestCase(U + ",txcookie=0xffffffff,rxcookie=0xffffffff,pincounter=off,rxsession=0x10")]
    [TestCase(U + ",srcport=65535,dstport=l2f")]
    [TestCase(M + ",offset=0")]
    public void Ordinary_text_has_no_warning(string text)
    {
        Assert.That(WarningsOf(text), Is.Empty);
    }

    [TestCase(M + ",txsession=0,rxsession=1", "txsession=0 ", "1 to 0xffffffff")]
    [TestCase(M + ",txsession=0,rxsession=1", "txsession=0 is reserved for control messages (RFC 3931)", "packets with it a peer may not take for data")]
    [TestCase(M + ",rxsession=0", "rxsession=0 ", "1 to 0xffffffff")]
    [TestCase(M + ",rxsession=0", "rxsession=0 is reserved for control messages (RFC 3931)", "packets with it are taken for data here, a peer's control messages too")]
    [TestCase(U + ",rxsession=0", "rxsession=0 is reserved for control messages (RFC 3931)", "packets with it are taken for data here: write")]
    [TestCase(M + ",txcookie=0x1122334455667788,rxcookie=1", "txcookie=0x1122334455667788 ", "0x55667788, is sent: add cookie64=on")]
    [TestCase(M + ",txcookie=1,rxcookie=0x100000000", "rxcookie=0x100000000 ", "never matches a received cookie: add cookie64=on")]
    [TestCase(M + ",txcookie=1,rxcookie=2,cookie64=off", "cookie64=off ", "leave cookie64 out")]
    [TestCase(M + ",cookie64=off", "cookie64=off ", "leave it out")]
    [TestCase(M + ",pincounter=on", "pincounter=on ", "add counter=on")]
    [TestCase(M + ",pincounter=on,counter=off", "pincounter=on ", "add counter=on")]
    [TestCase(M + ",srcport=1", "srcport=1 ", "add udp=on")]
    [TestCase(M + ",dstport=l2tp,udp=off", "dstport=l2tp ", "add udp=on")]
    [TestCase(U + ",srcport=70000", "srcport=70000 ", "means 4464: write a number from 1 to 65535")]
    [TestCase(U + ",dstport=65536", "dstport=65536 ", "means 0: write a number")]
    [TestCase(U + ",dstport=-4294967295", "dstport=-4294967295 ", "means 1: write a number")]
    [TestCase(U + ",srcport=0", "srcport=0 ", "write a number")]
    [TestCase(U + ",dstport=", "dstport= ", "write a number")]
    [TestCase(M + ",txsession=010", "txsession=010 is octal and means 8:", "to mean 10")]
    [TestCase(M + ",offset=0100", "offset=0100 is octal and means 64:", "to mean 100")]
    public void A_doubtful_value_is_named_with_its_remedy(string text, string beginning, string remedy)
    {
        List<string> warnings = WarningsOf(text);
        Assert.That(warnings, Has.Count.EqualTo(1));
        Assert.That(warnings[0], Does.StartWith(beginning));
        Assert.That(warnings[0], Does.Contain(remedy));
    }

    [Test]
    public void A_bare_word_is_deprecated_in_QEMUs_words()
    {
        Assert.That(
            WarningsOf(M + ",srcport=1,dstport=2,udp,nocounter"),
            Is.EqualTo(new[]
            {
                "short-form boolean option 'udp' deprecated\nPlease use udp=on instead",
                "short-form boolean option 'nocounter' deprecated\nPlease use counter=off instead",
            }));
    }

    [Test]
    public void Warnings_stay_when_an_error_follows_but_a_bad_id_comes_first()
    {
        var warnings = new List<string>();
        Assert.Throws<UserErrorException>(() => NetdevParser.Parse(M + ",foo", warnings));
        Assert.That(warnings, Is.EqualTo(new[] { "short-form boolean option 'foo' deprecated\nPlease use foo=on instead" }));

        warnings.Clear();
        Assert.Throws<UserErrorException>(() => NetdevParser.Parse("l2tpv3,udp,id=9", warnings));
        Assert.That(warnings, Is.Empty);
    }
}
