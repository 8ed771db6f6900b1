using QemuL2tp.Options;

namespace QemuL2tp.Tests.Options;

/// <summary>Mistakes that people make, behind which QEMU sees another: its message, and a remedy that says what was meant.</summary>
public sealed class MeantTests
{
    private const string A = "l2tpv3,id=n,src=a,dst=b";

    [TestCase(A + ",txsesion=1", "Parameter 'txsession' is missing", "did you mean 'txsession'?")]
    [TestCase("l2tpv3,id=n,scr=a,dst=b,txsession=1", "Parameter 'src' is missing", "did you mean 'src'?")]
    [TestCase("l2tpv3,di=n,src=a", "Parameter 'id' is missing", "Add id=VALUE: ")]
    [TestCase("{'type':'l2tpv3','id':'n','src':'a','dst':'b','txsesion':1}", "Parameter 'txsession' is missing", "did you mean 'txsession'?")]
    [TestCase("l2tpv3, id=n", "Parameter 'id' is missing", "There is a blank around the name in ' id='")]
    [TestCase("l2tpv3 ,id=n", "Parameter 'type' does not accept value 'l2tpv3 '", "There is a blank in 'type=l2tpv3 '")]
    [TestCase("l2tpv3,id=n ,src=a", "Parameter 'id' expects an identifier", "There is a blank in 'id=n '")]
    [TestCase(A + ",txsession=1, udp=on", "Invalid parameter ' udp'", "There is a blank around the name in ' udp='")]
    [TestCase(A + ",txsession=1,udp=on ", "Parameter 'udp' expects 'on' or 'off'", "There is a blank in 'udp=on '")]
    [TestCase("l2tpv3,id=n,src=192.0.2.1:3000,dst=b,txsession=1", "could not resolve src, errno = Name or service not known", "write src=192.0.2.1,udp=on,srcport=3000 instead")]
    [TestCase("l2tpv3,id=n,src=a,dst=host:3000,udp=on,srcport=1,dstport=1,txsession=1", "could not resolve dst, error = Name or service not known", "write dst=host,dstport=3000 instead")]
    [TestCase("l2tpv3,id=n,src=[::1]:3000,dst=b,ipv6=on,udp=on,srcport=1,dstport=1,txsession=1", "could not resolve src, errno = Name or service not known", "write src=::1,srcport=3000 instead")]
    [TestCase("l2tpv3,id=n,src=192.0.2.1:3000,dst=192.0.2.2:4000,udp=on,txsession=1", "need both src and dst port for udp", "write src=192.0.2.1,srcport=3000 instead")]
    [TestCase("l2tpv3,id=n,src=a,dst=192.0.2.2:4000,udp=on,srcport=3000,txsession=1", "need both src and dst port for udp", "write dst=192.0.2.2,dstport=4000 instead")]
    [TestCase("{'type':'l2tpv3','id':'n','src':'192.0.2.1:3000','dst':'b','udp':true,'txsession':1}", "need both src and dst port for udp", "write src=192.0.2.1,srcport=3000 instead")]
    [TestCase("l2tpv3,id=n,src=[::1],dst=b,txsession=1", "could not resolve src, errno = Name or service not known", "write src=::1, with ipv6=on.")]
    [TestCase("l2tpv3,id=n,src=a,dst=192.0.2.2/24,txsession=1", "could not resolve dst, error = Name or service not known", "write dst=192.0.2.2.")]
    public void In_a_pseudowire(string text, string message, string remedy) => Expect(() => NetdevParser.Parse(text, []), message, remedy);

    [TestCase("stream,path=/x", "Parameter 'addr' is missing", "write addr.type=unix,addr.path=VALUE")]
    [TestCase("stream,host=h,port=1", "Parameter 'addr' is missing", "write addr.type=inet,addr.host=VALUE")]
    [TestCase("stream,adr.type=unix,adr.path=/x", "Parameter 'addr' is missing", "did you mean 'addr'?")]
    [TestCase("stream,addr.type=unix,addr.pth=/x", "Parameter 'addr.path' is missing", "did you mean 'addr.path'?")]
    [TestCase("{'type':'stream','path':'/x'}", "Parameter 'addr' is missing", "write addr.type=unix,addr.path=VALUE")]
    [TestCase("stream, server=on", "Invalid parameter ' server'", "There is a blank around the name")]
    [TestCase("dgram,path=/x", "Parameter 'path' is unexpected", "did you mean 'local.path'?")]
    [TestCase("vhost-user,paht=/x", "exactly one of path=, fd= or addr.type= is required", "did you mean 'path'?")]
    [TestCase("l2tpv3,id=a", "Parameter 'type' does not accept value 'l2tpv3'", "write it behind -netdev")]
    public void In_a_front_end(string text, string message, string remedy) => Expect(() => FrontendParser.Parse(text, []), message, remedy);

    [TestCase("255.255.255.255", "dst=255.255.255.255 is the broadcast address")]
    [TestCase("239.1.2.3", "dst=239.1.2.3 is a multicast group")]
    [TestCase("ff02::1,ipv6=on", "dst=ff02::1 is a multicast group")]
    [TestCase("0.0.0.0", "dst=0.0.0.0 is the address of no host")]
    [TestCase("::,ipv6=on", "dst=:: is the address of no host")]
    public void A_destination_that_is_no_single_peer_is_warned_of(string destination, string warning)
    {
        List<string> warnings = [];
        _ = NetdevParser.Parse($"l2tpv3,id=n,src=a,txsession=1,dst={destination}", warnings);

        Assert.That(warnings, Has.Some.StartsWith(warning).And.Some.Contains("a pseudowire has one peer"));
    }

    [TestCase("255.255.255.255", "src=255.255.255.255 is the broadcast address")]
    [TestCase("239.1.2.3", "src=239.1.2.3 is a multicast group")]
    public void A_source_that_is_no_host_is_warned_of(string source, string warning)
    {
        List<string> warnings = [];
        _ = NetdevParser.Parse($"l2tpv3,id=n,dst=b,txsession=1,src={source}", warnings);

        Assert.That(warnings, Has.Some.StartsWith(warning).And.Some.Contains("write an address of this host"));
    }

    [Test]
    public void The_message_of_the_exception_has_problem_and_remedy()
    {
        UserErrorException error = Assert.Throws<UserErrorException>(() => NetdevParser.Parse(A + ",txsesion=1", []))!;

        Assert.That(error.Message, Is.EqualTo($"{error.Problem}\n{error.Remedy}"));
        Assert.That(new UserErrorException("problem").Message, Is.EqualTo("problem"));
    }

    private static void Expect(Action parse, string message, string remedy)
    {
        UserErrorException error = Assert.Throws<UserErrorException>(() => parse())!;
        Assert.That(error.Problem, Is.EqualTo(message));
        Assert.That(error.Remedy, Does.Contain(remedy));
    }
}
