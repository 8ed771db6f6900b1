using QemuL2tp.Options;

namespace QemuL2tp.Tests.Options;

/// <summary><c>--frontend dgram,…</c>: QEMU's rules for what local and remote may be together.</summary>
public sealed class FrontendDgramTests
{
    private const string LocalUnix = "local.type=unix,local.path=/run/b";
    private const string RemoteUnix = "remote.type=unix,remote.path=/run/a";
    private const string LocalInet = "local.type=inet,local.host=127.0.0.1,local.port=5";
    private const string RemoteInet = "remote.type=inet,remote.host=127.0.0.1,remote.port=6";
    private const string Group = "remote.type=inet,remote.host=230.0.0.1,remote.port=7";

    private static FrontendOptions Parse(string text) => FrontendParser.Parse(text, []);

    private static FrontendOptions Dgram(FrontendAddress address) => new() { Kind = FrontendKind.Dgram, Server = false, Address = address };

    private static InetFrontendAddress Inet(string host, string port) => new(host, port, IPv4: true, IPv6: false);

    [TestCase($"dgram,{LocalUnix},{RemoteUnix}")]
    [TestCase($"{RemoteUnix},{LocalUnix},type=dgram,local.tight=off,")]
    [TestCase("""{"type":"dgram","local":{"type":"unix","path":"/run/b"},"remote":{"type":"unix","path":"/run/a","abstract":false}}""")]
    public void Two_paths(string text) =>
        Assert.That(Parse(text), Is.EqualTo(Dgram(new DatagramFrontendAddress(new UnixFrontendAddress("/run/b"), new UnixFrontendAddress("/run/a")))));

    [TestCase($"dgram,{LocalInet},{RemoteInet}")]
    [TestCase($"dgram,{LocalInet},{RemoteInet},local.port=0x5,remote.port=06,remote.numeric=on,local.ipv4=on,remote.ipv6=off")]
    [TestCase("""{"type":"dgram","local":{"type":"inet","host":"127.0.0.1","port":"5"},"remote":{"type":"inet","host":"127.0.0.1","port":"6"}}""")]
    public void Two_IPv4_addresses(string text) =>
        Assert.That(Parse(text), Is.EqualTo(Dgram(new DatagramFrontendAddress(Inet("127.0.0.1", "5"), Inet("127.0.0.1", "6")))));

    [TestCase($"dgram,{Group}", null)]
    [TestCase($"dgram,{Group},{LocalInet}", "127.0.0.1")]
    public void A_multicast_group(string text, string? local) =>
        Assert.That(Parse(text), Is.EqualTo(Dgram(new MulticastFrontendAddress(Inet("230.0.0.1", "7"), local))));

    [Test]
    public void A_descriptor_is_a_connection_and_the_rest_is_not()
    {
        Assert.That(Parse("dgram,id=a,local.type=fd,local.str=3,x-poll-us=5"), Is.EqualTo(Dgram(new FdFrontendAddress(3)) with { Id = "a", PollMicroseconds = 5 }));
        Assert.That(Parse("dgram,local.type=fd,local.str=3").HasConnection, Is.True);
        Assert.That(Parse($"dgram,{Group}").HasConnection, Is.False);
        Assert.That(Parse($"dgram,{LocalUnix},{RemoteUnix}").HasConnection, Is.False);
    }

    [TestCase("dgram", "dgram requires local= parameter", "local.type=unix")]
    [TestCase($"dgram,{RemoteUnix}", "dgram requires local= parameter", "local.type=unix")]
    [TestCase($"dgram,{RemoteInet}", "dgram requires local= parameter", "local.type=unix")]
    [TestCase("dgram,remote.type=fd,remote.str=3", "dgram requires local= parameter", "local.type=unix")]
    [TestCase($"dgram,{LocalUnix}", "type=inet or type=unix requires remote parameter", "Add remote.type")]
    [TestCase($"dgram,{LocalInet}", "type=inet or type=unix requires remote parameter", "Add remote.type")]
    [TestCase($"dgram,local.type=fd,local.str=5,{RemoteUnix}", "don't set remote with local.fd", "leave remote out")]
    [TestCase($"dgram,local.type=fd,local.str=5,{Group}", "don't set remote with local.fd", "leave remote out")]
    [TestCase($"dgram,{LocalUnix},{Group}", "only support inet or fd type for local", "leave local out")]
    [TestCase($"dgram,{LocalUnix},{RemoteInet}", "remote and local types must be the same", "remote.type=")]
    [TestCase($"dgram,{LocalInet},remote.type=fd,remote.str=5", "remote and local types must be the same", "remote.type=")]
    [TestCase($"dgram,{Group},{LocalInet},local.host=foo.invalid", "localaddr 'foo.invalid' is not a valid IPv4 address", "local.host=")]
    [TestCase($"dgram,{LocalInet},{RemoteInet},local.host=::1", "can't resolve host address '::1'", "IPv6")]
    [TestCase($"dgram,{LocalInet},{RemoteInet},remote.host=::1", "can't resolve host address '::1'", "IPv6")]
    [TestCase($"dgram,{LocalInet},{RemoteInet},remote.host=2001::1", "host address '2001::1' is not a valid IPv4 address", "remote.host=")]
    [TestCase($"dgram,{LocalInet},{RemoteInet},local.port=http", "port number 'http' is invalid", "local.port=")]
    [TestCase($"dgram,{LocalInet},{RemoteInet},remote.port=", "port number '' is invalid", "remote.port=")]
    [TestCase($"dgram,{LocalInet},{RemoteInet},local.port=0", "port number '0' is invalid", "local.port=")]
    [TestCase($"dgram,{LocalInet},{RemoteInet},local.port=65536", "port number '65536' is invalid", "local.port=")]
    [TestCase($"dgram,{LocalInet},{RemoteInet},remote.ipv6=on", "remote: datagrams to QEMU are IPv4 only", "remote.ipv6=on")]
    [TestCase($"dgram,{LocalInet},{RemoteInet},local.keep-alive=on", "Parameter 'local.keep-alive' is unexpected", "leave it out")]
    [TestCase($"dgram,{LocalInet},{RemoteInet},remote.port=5", "local and remote are the same", "two different ones")]
    [TestCase($"dgram,{LocalUnix},{RemoteUnix},remote.path=/run/b", "local and remote are the same", "two different ones")]
    [TestCase($"dgram,{LocalUnix},{RemoteUnix},local.abstract=on", "'local.abstract=on' cannot be used with dgram", "QEMU ignores it")]
    [TestCase($"dgram,{LocalUnix},{RemoteUnix},remote.abstract=on", "'remote.abstract=on' cannot be used with dgram", "file named '/run/a'")]
    [TestCase("dgram,local.type=vsock,local.cid=1,local.port=9", "socket address type 'vsock' is not compiled into this binary", "'local.type=vsock'")]
    [TestCase("dgram,local=5", "Invalid parameter type for 'local', expected: object", "addr.type=unix")]
    [TestCase("dgram,local.type=foo", "Parameter 'type' does not accept value 'foo'", "'local.type=foo'")]
    [TestCase("dgram,local.type=unix", "Parameter 'local.path' is missing", "ours")]
    [TestCase($"dgram,{LocalUnix},local.foo=1", "Parameter 'local.foo' is unexpected", "'local.foo=1'")]
    [TestCase("dgram,foo=1", "Parameter 'foo' is unexpected", "'foo=1'")]
    [TestCase("dgram,server=on", "Parameter 'server' is unexpected", "'server=on'")]
    [TestCase("dgram,local.type=fd,local.str=foo", "Invalid file descriptor number 'foo'", "local.str=")]
    [TestCase("dgram,local.type=fd,local.str=3,local.path=x", "Parameter 'local.path' is unexpected", "'local.path'")]
    [TestCase("dgram,local.type=inet,local.host=127.0.0.1", "Parameter 'local.port' is missing", "port number")]
    public void The_message_is_QEMUs_and_the_remedy_helps(string text, string message, string remedy)
    {
        UserErrorException error = Assert.Throws<UserErrorException>(() => Parse(text))!;
        Assert.That(error.Problem, Is.EqualTo(message));
        Assert.That(error.Remedy, Does.Contain(remedy));
    }

    [Test]
    public void A_path_has_at_most_107_bytes_since_QEMU_adds_a_zero()
    {
        string path = new('p', 107);
        Assert.That(Parse($"dgram,local.type=unix,local.path={path},{RemoteUnix}").Kind, Is.EqualTo(FrontendKind.Dgram));
        UserErrorException error = Assert.Throws<UserErrorException>(() => Parse($"dgram,local.type=unix,local.path={path}p,{RemoteUnix}"))!;
        Assert.That(error.Problem, Is.EqualTo($"UNIX socket path '{path}p' is too long"));
        Assert.That(error.Remedy, Does.Contain("less than 108 bytes"));
    }
}
