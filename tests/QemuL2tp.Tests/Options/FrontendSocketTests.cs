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

    [TestCase("socket,udp=10.0.0.1:5,localaddr=h:0x6", "10.0.0.1", "5", "h", "6")]
    [TestCase("socket,localaddr=:6,udp=:5", "", "5", "", "6")]
    public void Udp_is_where_QEMU_is_and_localaddr_where_we_are(string text, string host, string port, string ourHost, string ourPort)
    {
        var ours = new InetFrontendAddress(ourHost, ourPort, IPv4: true, IPv6: false);
        var qemus = new InetFrontendAddress(host, port, IPv4: true, IPv6: false);
        Assert.That(Parse(text), Is.EqualTo(new FrontendOptions { Kind = FrontendKind.Socket, Server = false, Address = new DatagramFrontendAddress(ours, qemus) }));
        Assert.That(Parse(text).HasConnection, Is.False);
    }

    [TestCase("socket,mcast=230.0.0.1:1234", null)]
    [TestCase("socket,mcast=230.0.0.1:1234,localaddr=127.0.0.1", "127.0.0.1")]
    public void A_multicast_group_has_at_most_an_interface(string text, string? local)
    {
        var group = new InetFrontendAddress("230.0.0.1", "1234", IPv4: true, IPv6: false);
        Assert.That(Parse(text), Is.EqualTo(new FrontendOptions { Kind = FrontendKind.Socket, Server = false, Address = new MulticastFrontendAddress(group, local) }));
    }

    [Test]
    public void A_bare_word_is_deprecated_here_too()
    {
        var warnings = new List<string>();
        Assert.Throws<UserErrorException>(() => FrontendParser.Parse("socket,listen", warnings));
        Assert.That(warnings, Is.EqualTo(new[] { "short-form boolean option 'listen' deprecated\nPlease use listen=on instead" }));
    }

    [TestCase("", "Parameter 'type' is missing", "stream, dgram, vhost-user or socket")]
    [TestCase("listen=:1", "Parameter 'type' is missing", "stream, dgram, vhost-user or socket")]
    [TestCase("foo,x=1", "Parameter 'type' does not accept value 'foo'", "stream, dgram, vhost-user or socket")]
    [TestCase("socket", "exactly one of listen=, connect=, mcast= or udp= is required", "Add listen=")]
    [TestCase("socket,listen=:1,connect=a:1", "exactly one of listen=, connect=, mcast= or udp= is required", "'listen=:1', 'connect=a:1'")]
    [TestCase("socket,fd=1,listen=:1", "exactly one of listen=, connect=, mcast= or udp= is required", "'fd=1', 'listen=:1'")]
    [TestCase("socket,localaddr=:1", "exactly one of listen=, connect=, mcast= or udp= is required", "Add listen=")]
    [TestCase("socket,listen=:1,localaddr=a:2", "localaddr= is only valid with mcast= or udp=", "'localaddr=a:2'")]
    [TestCase("socket,fd=3,localaddr=a:2", "localaddr= is only valid with mcast= or udp=", "'localaddr=a:2'")]
    [TestCase("socket,udp=a:1", "localaddr= is mandatory with udp=", "localaddr=HOST:PORT")]
    [TestCase("socket,udp=127.0.0.1:1,localaddr=127.0.0.1", "host address '127.0.0.1' doesn't contain ':' separating host from port", "localaddr=HOST:PORT")]
    [TestCase("socket,udp=127.0.0.1,localaddr=127.0.0.1:5", "host address '127.0.0.1' doesn't contain ':' separating host from port", "udp=HOST:PORT")]
    [TestCase("socket,udp=[::1]:1,localaddr=127.0.0.1:5", "can't resolve host address '['", "IPv6")]
    [TestCase("socket,udp=127.0.0.1:x,localaddr=127.0.0.1:5", "port number 'x' is invalid", "udp=")]
    [TestCase("socket,udp=1.2.3.4.5:1,localaddr=127.0.0.1:5", "host address '1.2.3.4.5' is not a valid IPv4 address", "udp=")]
    [TestCase("socket,udp=a:1,localaddr=a:1", "udp= and localaddr= are the same", "QEMU's udp")]
    [TestCase("socket,mcast=10.0.0.1:5", "specified mcastaddr 10.0.0.1 (0x0a000001) does not contain a multicast address", "239.255.255.255")]
    [TestCase("socket,mcast=name:5", "specified mcastaddr name does not contain a multicast address", "239.255.255.255")]
    [TestCase("socket,mcast=230.0.0.1", "host address '230.0.0.1' doesn't contain ':' separating host from port", "mcast=")]
    [TestCase("socket,mcast=230.0.0.1:5,localaddr=foo", "localaddr 'foo' is not a valid IPv4 address", "the interface")]
    [TestCase("socket,mcast=230.0.0.1:5,localaddr=::1", "localaddr '::1' is not a valid IPv4 address", "the interface")]
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
        Assert.That(error.Problem, Is.EqualTo(message));
        Assert.That(error.Remedy, Does.Contain(remedy));
    }
}
