using QemuL2tp.Options;

namespace QemuL2tp.Tests.Options;

/// <summary><c>--frontend socket,…</c>, and kinds of front end that do not exist here.</summary>
public sealed class FrontendSocketTests
{
    private static FrontendOptions Parse(string text) => FrontendParser.Parse(text, []);

    [TestCase("socket,listen=:1234", true, "0.0.0.0", "1234")]
    [TestCase("socket,listen=127.0.0.1:0x50", true, "127.0.0.1", "80")]
    [TestCase("listen=h:1,type=socket,", true, "h", "1")]
    [TestCase("socket,connect=h:65535", false, "h", "65535")]
    [TestCase("socket,connect=:1", false, "127.0.0.1", "1")]
    public void A_host_and_port_are_IPv4(string text, bool server, string host, string port)
    {
        Assert.That(Parse(text), Is.EqualTo(new FrontendOptions
        {
            Kind = FrontendKind.Socket,
            Server = server,
            Address = new InetFrontendAddress(host, port, IPv4: true, IPv6: false),
        }));
    }

    [Test]
    public void A_descriptor_is_a_decimal_number_and_the_id_is_kept()
    {
        Assert.That(
            Parse("socket,id=a,fd=3"),
            Is.EqualTo(new FrontendOptions { Id = "a", Kind = FrontendKind.Socket, Server = false, Address = new FdFrontendAddress(3) }));
    }

    [Test]
    public void A_bare_word_is_deprecated_here_too()
    {
        var warnings = new List<string>();
        Assert.Throws<UserErrorException>(() => FrontendParser.Parse("socket,listen", warnings));
        Assert.That(warnings, Is.EqualTo(new[] { "short-form boolean option 'listen' deprecated\nPlease use listen=on instead" }));
    }

    [TestCase("", "Parameter 'type' is missing", "stream, vhost-user or socket")]
    [TestCase("listen=:1", "Parameter 'type' is missing", "stream, vhost-user or socket")]
    [TestCase("foo,x=1", "Parameter 'type' does not accept value 'foo'", "stream, vhost-user or socket")]
    [TestCase("dgram,local.type=fd,local.str=3", "front end 'dgram' is not compiled into this binary", "stream,… or --frontend vhost-user,…")]
    [TestCase("socket", "exactly one of listen=, connect=, mcast= or udp= is required", "Add listen=")]
    [TestCase("socket,listen=:1,connect=a:1", "exactly one of listen=, connect=, mcast= or udp= is required", "'listen=:1', 'connect=a:1'")]
    [TestCase("socket,fd=1,listen=:1", "exactly one of listen=, connect=, mcast= or udp= is required", "'fd=1', 'listen=:1'")]
    [TestCase("socket,localaddr=:1", "exactly one of listen=, connect=, mcast= or udp= is required", "Add listen=")]
    [TestCase("socket,udp=a:1,localaddr=a:2", "front end 'socket,udp=' is not compiled into this binary", "listen=")]
    [TestCase("socket,mcast=230.0.0.1:1", "front end 'socket,mcast=' is not compiled into this binary", "listen=")]
    [TestCase("socket,listen=:1,localaddr=a:2", "front end 'socket,localaddr=' is not compiled into this binary", "without localaddr=")]
    [TestCase("socket,id=9,listen=:1", "Parameter 'id' expects an identifier", "'id=9'")]
    [TestCase("socket,listen=:1,foo=1", "Invalid parameter 'foo'", "'foo'")]
    [TestCase("socket,listen=", "host address '' doesn't contain ':' separating host from port", "'listen='")]
    [TestCase("socket,connect=127.0.0.1", "host address '127.0.0.1' doesn't contain ':' separating host from port", "'connect=127.0.0.1'")]
    [TestCase("socket,connect=a:", "port number '' is invalid", "'connect=a:'")]
    [TestCase("socket,connect=a:x", "port number 'x' is invalid", "'connect=a:x'")]
    [TestCase("socket,listen=a:70000", "port number '70000' is invalid", "1 to 65535")]
    [TestCase("socket,listen=a:-5", "port number '-5' is invalid", "1 to 65535")]
    [TestCase("socket,listen=a:-", "port number '-' is invalid", "1 to 65535")]
    [TestCase("socket,listen=[::1]:80", "port number ':1]:80' is invalid", "IPv6")]
    [TestCase("socket,fd=x", "Invalid file descriptor number 'x'", "'fd=x'")]
    [TestCase("socket,fd=-1", "Invalid file descriptor number '-1'", "'fd=-1'")]
    public void The_message_is_QEMUs_and_the_remedy_helps(string text, string message, string remedy)
    {
        UserErrorException error = Assert.Throws<UserErrorException>(() => Parse(text))!;
        Assert.That(error.Message, Is.EqualTo(message));
        Assert.That(error.Remedy, Does.Contain(remedy));
    }
}
