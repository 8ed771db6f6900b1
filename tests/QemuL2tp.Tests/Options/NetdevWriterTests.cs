using QemuL2tp.Options;

namespace QemuL2tp.Tests.Options;

/// <summary>Short text for a person; that it is read back the same is a property of <see cref="C1OptionTextProperties"/>.</summary>
public sealed class NetdevWriterTests
{
    [TestCase("l2tpv3,id=a,src=10.0.0.1,dst=10.0.0.2,txsession=1,rxsession=2")]
    [TestCase("l2tpv3,id=a,src=10.0.0.1,dst=10.0.0.2,udp=on,srcport=17001,dstport=17002,txsession=1,rxsession=2,counter=on,pincounter=on")]
    [TestCase("l2tpv3,id=a,src=fd00::1,dst=fd00::2,ipv6=on,txsession=1,rxsession=2,cookie64=on,txcookie=0x0000000000000001,rxcookie=0x1112131415161718")]
    [TestCase("l2tpv3,id=a,src=10.0.0.1,dst=10.0.0.2,txsession=1,rxsession=2,txcookie=0x00003039,rxcookie=0x1112131415161718,x-txcookie-size=4,x-rxcookie-size=8")]
    [TestCase("l2tpv3,id=a,src=a,,b,dst=10.0.0.2,txsession=1,rxsession=2,counter=on,offset=4,x-strict-source=off,x-reorder-window=64,x-reorder-hold=5,x-seq=rfc3931,x-seq-file=a,,b")]
    public void What_has_its_default_is_left_out(string text) =>
        Assert.That(NetdevWriter.Write(NetdevParser.Parse(text, [])), Is.EqualTo(text));

    [TestCase("l2tpv3", "l2tpv3")]
    [TestCase("", "''")]
    [TestCase("a,b=c:/d.e_f-g@h%i+", "a,b=c:/d.e_f-g@h%i+")]
    [TestCase("a b", "'a b'")]
    [TestCase("it's", @"'it'\''s'")]
    [TestCase("$(x)", "'$(x)'")]
    public void A_word_is_quoted_where_a_shell_needs_it(string word, string quoted) => Assert.That(ShellWord.Quote(word), Is.EqualTo(quoted));
}
