using QemuL2tp.Options;

namespace QemuL2tp.Tests.Options;

/// <summary>Lengths of cookies for each direction, and the second receive cookie.</summary>
public sealed class OwnCookieOptionTests
{
    private const string M = NetdevTextTests.Minimal;
    private const string Both = M + ",txcookie=1,rxcookie=2";
    private const string Json = """{"type":"l2tpv3","id":"n","src":"a","dst":"b","txsession":1""";

    [TestCase(Both + ",x-txcookie-size=8", 8, 4)]
    [TestCase(Both + ",x-rxcookie-size=8", 4, 8)]
    [TestCase(Both + ",x-txcookie-size=8,x-rxcookie-size=4", 8, 4)]
    [TestCase(Both + ",cookie64=on,x-rxcookie-size=4", 8, 4, TestName = "An_explicit_size_wins_over_cookie64_which_holds_for_the_other")]
    [TestCase(Both + ",cookie64=on,x-rxcookie-size=4,x-txcookie-size=4", 4, 4)]
    [TestCase(M + ",rxcookie=2,x-txcookie-size=0", 0, 4)]
    [TestCase(M + ",txcookie=1,x-rxcookie-size=0", 4, 0)]
    [TestCase(M + ",txcookie=1,x-rxcookie-size=0,cookie64=on", 8, 0)]
    [TestCase(M + ",txcookie=1,x-rxcookie-size=0,x-txcookie-size=8", 8, 0)]
    [TestCase(M + ",x-txcookie-size=0,x-rxcookie-size=0", 0, 0)]
    [TestCase(M + ",x-txcookie-size=0", 0, 0)]
    [TestCase(Json + ""","txcookie":1,"rxcookie":2,"x-txcookie-size":8}""", 8, 4)]
    [TestCase(Json + ""","rxcookie":2,"x-txcookie-size":0}""", 0, 4)]
    public void Each_direction_has_its_own_length(string text, int transmit, int receive)
    {
        L2tpv3Options options = NetdevTextTests.Parse(text);
        Assert.That((options.TransmitCookieSize, options.ReceiveCookieSize), Is.EqualTo((transmit, receive)));
        Assert.That((options.TransmitCookie, options.ReceiveCookie), Is.EqualTo((transmit == 0 ? 0ul : 1ul, receive == 0 ? 0ul : 2ul)));
    }

    [TestCase(Both + ",x-rxcookie2=0xffffffff", 0xfffffffful)]
    [TestCase(Both + ",cookie64=on,x-rxcookie2=18446744073709551615", ulong.MaxValue)]
    [TestCase(M + ",rxcookie=2,x-txcookie-size=0,x-rxcookie2=0", 0ul)]
    [TestCase(Json + ""","txcookie":1,"rxcookie":2,"x-rxcookie2":3}""", 3ul)]
    [TestCase(Both, null)]
    public void A_second_receive_cookie_is_read(string text, ulong? cookie)
    {
        Assert.That(NetdevTextTests.Parse(text).ReceiveCookie2, Is.EqualTo(cookie));
    }

    [TestCase(Both + ",x-rxcookie-size=5", "Parameter 'x-rxcookie-size' expects 0, 4 or 8", "'x-rxcookie-size=5'")]
    [TestCase(Both + ",x-txcookie-size=16", "Parameter 'x-txcookie-size' expects 0, 4 or 8", "'x-txcookie-size=16'")]
    [TestCase(Both + ",x-txcookie-size=x", "Parameter 'x-txcookie-size' expects a uint64 value", "'x-txcookie-size=x'")]
    [TestCase(Both + ",x-txcookie-size=0", "'txcookie' and 'x-txcookie-size=0' are mutually exclusive", "'txcookie=1'")]
    [TestCase(Both + ",x-rxcookie-size=0", "'rxcookie' and 'x-rxcookie-size=0' are mutually exclusive", "'rxcookie=2'")]
    [TestCase(M + ",x-txcookie-size=4", "'x-txcookie-size' needs 'txcookie'", "'x-txcookie-size=4'")]
    [TestCase(M + ",txcookie=1,x-txcookie-size=4", "require both 'rxcookie' and 'txcookie' or neither", "x-rxcookie-size=0")]
    [TestCase(M + ",rxcookie=1,x-txcookie-size=8", "require both 'rxcookie' and 'txcookie' or neither", "x-txcookie-size=0")]
    [TestCase(M + ",x-rxcookie2=3", "'x-rxcookie2' needs 'rxcookie'", "'x-rxcookie2=3'")]
    [TestCase(M + ",txcookie=1,x-rxcookie-size=0,x-rxcookie2=3", "'x-rxcookie2' needs 'rxcookie'", "add rxcookie=VALUE")]
    [TestCase(Json + ""","txcookie":1,"rxcookie":2,"x-rxcookie-size":3}""", "Parameter 'x-rxcookie-size' expects 0, 4 or 8", "'x-rxcookie-size=3'")]
    [TestCase(M + ",x-txcookie-size=5,udp=on", "need both src and dst port for udp", "srcport=PORT", TestName = "QEMUs_own_mistakes_are_reported_first")]
    public void What_cannot_be_is_named_with_its_remedy(string text, string message, string remedy)
    {
        UserErrorException error = Assert.Throws<UserErrorException>(() => NetdevTextTests.Parse(text))!;
        Assert.That(error.Problem, Is.EqualTo(message));
        Assert.That(error.Remedy, Does.Contain(remedy));
    }

    [TestCase(M + ",txcookie=0x100000000,rxcookie=2,x-txcookie-size=4", "txcookie=0x100000000 ", "write x-txcookie-size=8 or shorten it")]
    [TestCase(M + ",txcookie=1,rxcookie=0x100000000,x-rxcookie-size=4", "rxcookie=0x100000000 ", "write x-rxcookie-size=8 or shorten it")]
    [TestCase(M + ",txcookie=1,rxcookie=0x100000000,x-txcookie-size=8", "rxcookie=0x100000000 ", "add cookie64=on or shorten it")]
    [TestCase(Both + ",x-rxcookie2=0x100000000", "x-rxcookie2=0x100000000 ", "add cookie64=on or shorten it")]
    [TestCase(Both + ",cookie64=on,x-txcookie-size=4,x-rxcookie-size=8", "cookie64=on has no effect beside x-txcookie-size=4 and x-rxcookie-size=8", "leave it out")]
    [TestCase(Both + ",cookie64=off,x-txcookie-size=4,x-rxcookie-size=4", "cookie64=off has no effect beside ", "leave it out")]
    [TestCase(Both + ",cookie64=off,x-txcookie-size=4", "cookie64=off selects 64-bit cookies", "leave cookie64 out")]
    [TestCase(Both + ",cookie64=off,x-rxcookie-size=4", "cookie64=off selects 64-bit cookies", "leave cookie64 out")]
    [TestCase(M + ",cookie64=off,x-rxcookie-size=0", "cookie64=off has no effect without cookies", "leave it out")]
    public void What_is_hardly_meant_is_warned_about(string text, string beginning, string remedy)
    {
        var warnings = new List<string>();
        NetdevParser.Parse(text, warnings);
        Assert.That(warnings, Has.Count.EqualTo(1));
        Assert.That(warnings[0], Does.StartWith(beginning).And.Contain(remedy));
    }

    [TestCase(M + ",txcookie=0x100000000,rxcookie=2,x-txcookie-size=8")]
    [TestCase(Both + ",cookie64=on,x-rxcookie-size=4,x-rxcookie2=5")]
    [TestCase(M + ",rxcookie=2,x-txcookie-size=0")]
    public void What_is_meant_has_no_warning(string text)
    {
        var warnings = new List<string>();
        NetdevParser.Parse(text, warnings);
        Assert.That(warnings, Is.Empty);
    }
}
