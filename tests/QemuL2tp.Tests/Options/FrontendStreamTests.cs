using QemuL2tp.Options;

namespace QemuL2tp.Tests.Options;

/// <summary><c>--frontend stream,…</c>: QEMU's <c>key=value</c> syntax and its JSON form.</summary>
public sealed class FrontendStreamTests
{
    private const string Unix = "stream,addr.type=unix,addr.path=/run/x";
    private const string Inet = "stream,addr.type=inet,addr.host=a,addr.port=1";

    private static FrontendOptions Parse(string text) => FrontendParser.Parse(text, []);

    private static FrontendOptions Stream(FrontendAddress address) =>
        new() { Kind = FrontendKind.Stream, Server = true, Address = address };

    [TestCase(Unix)]
    [TestCase(Unix + ",")]
    [TestCase(Unix + ",server=yes")]
    [TestCase(Unix + ",addr.abstract=off,addr.tight=y")]
    [TestCase("addr.path=/run/x,type=stream,server=off,server=on,addr.type=unix")]
    [TestCase("stream,addr.type=inet,addr.path=/run/x,addr.type=unix")]
    [TestCase("""{"type":"stream","addr":{"type":"unix","path":"/run/x"}}""")]
    [TestCase("{'type':'stream','server':true,'addr':{'path':'/run/x','type':'unix','abstract':false}}")]
    public void A_unix_listener_can_be_spelled_in_many_ways(string text)
    {
        Assert.That(Parse(text), Is.EqualTo(Stream(new UnixFrontendAddress("/run/x"))));
    }

    [Test]
    public void All_members_have_their_place()
    {
        Assert.That(
            Parse("stream,id=net1,server=off,reconnect-ms=0x10,addr.type=unix,addr.path=a,,b,addr.abstract=on,addr.tight=off"),
            Is.EqualTo(new FrontendOptions
            {
                Id = "net1",
                Kind = FrontendKind.Stream,
                Server = false,
                Address = new UnixFrontendAddress("a,b", Abstract: true, Tight: false),
                ReconnectMilliseconds = 16,
            }));
    }

    [TestCase("addr.type=inet,addr.host=h,addr.port=1234", null, null)]
    [TestCase("addr.type=inet,addr.host=h,addr.port=1234,addr.ipv4=off,addr.ipv6=on", false, true)]
    [TestCase("addr.type=inet,addr.host=h,addr.port=1234,addr.mptcp=off,addr.numeric=off", null, null)]
    public void An_inet_address_has_host_port_and_families(string address, bool? ipv4, bool? ipv6)
    {
        Assert.That(Parse("stream," + address), Is.EqualTo(Stream(new InetFrontendAddress("h", "1234", ipv4, ipv6))));
    }

    [TestCase("", 15, 5, 3)]
    [TestCase(",addr.keep-alive=on", 15, 5, 3)]
    [TestCase(",addr.keep-alive=on,addr.keep-alive-idle=32767,addr.keep-alive-interval=0x7fff,addr.keep-alive-count=127", 32767, 32767, 127)]
    [TestCase(",server=off,addr.keep-alive-idle=1,addr.keep-alive-interval=0,addr.keep-alive-count=010", 1, 5, 8)]
    public void Keep_alive_is_on_and_has_three_numbers(string options, int idle, int interval, int count)
    {
        var address = (InetFrontendAddress)Parse("stream,addr.type=inet,addr.host=h,addr.port=1" + options).Address;
        Assert.That(address.KeepAlive, Is.EqualTo(new TcpKeepAlive(true, idle, interval, count)));
    }

    [TestCase("stream,addr.type=inet,addr.host=h,addr.port=1,addr.keep-alive=off", false, 5)]
    [TestCase("""{"type":"stream","addr":{"type":"inet","host":"h","port":"1","keep-alive":false}}""", false, 5)]
    [TestCase("""{"type":"stream","server":false,"addr":{"type":"inet","host":"h","port":"1","keep-alive":true,"keep-alive-interval":9}}""", true, 9)]
    public void Keep_alive_can_be_switched_off_and_has_a_JSON_form(string text, bool enabled, int interval)
    {
        Assert.That(((InetFrontendAddress)Parse(text).Address).KeepAlive, Is.EqualTo(new TcpKeepAlive(enabled, 15, interval, 3)));
    }

    [TestCase("stream,addr.type=inet,addr.host=h,addr.port=0")]
    [TestCase("socket,listen=:0")]
    public void A_listener_may_leave_the_port_to_the_kernel(string text) =>
        Assert.That(((InetFrontendAddress)Parse(text).Address).Port, Is.EqualTo("0"));

    [TestCase("stream,addr.type=fd,addr.str=7")]
    [TestCase("""{"type":"stream","addr":{"type":"fd","str":"7"}}""")]
    public void A_descriptor_is_a_decimal_number_and_connected_unless_said_otherwise(string text)
    {
        Assert.That(Parse(text), Is.EqualTo(Stream(new FdFrontendAddress(7)) with { Server = false }));
    }

    [Test]
    public void A_listening_descriptor_is_asked_for_with_server_on()
    {
        Assert.That(Parse("stream,addr.type=fd,addr.str=7,server=on"), Is.EqualTo(Stream(new FdFrontendAddress(7))));
    }

    [Test]
    public void It_polls_as_long_as_asked_for() =>
        Assert.That(Parse(Unix + ",x-poll-us=50").PollMicroseconds, Is.EqualTo(50));

    [TestCase(",reconnect=2", 2000)]
    [TestCase(",reconnect-ms=50", 50)]
    public void Reconnect_has_two_units(string option, int milliseconds)
    {
        Assert.That(Parse($"{Unix},server=off{option}").ReconnectMilliseconds, Is.EqualTo(milliseconds));
    }

    [Test]
    public void Reconnect_is_a_number_in_JSON()
    {
        const string Json = """{"type":"stream","server":false,"reconnect-ms":70,"addr":{"type":"unix","path":"/run/x"}}""";
        Assert.That(Parse(Json).ReconnectMilliseconds, Is.EqualTo(70));
    }

    [TestCase("stream", "Parameter 'addr' is missing", "addr.type=unix")]
    [TestCase(Unix + ",x-poll-us=1001", "Parameter 'x-poll-us' expects a number from 0 to 1000", "'x-poll-us=1001' is out of range")]
    [TestCase("socket,listen=:1,x-poll-us=5", "Invalid parameter 'x-poll-us'", "x-poll-us")]
    [TestCase("stream,addr=1", "Invalid parameter type for 'addr', expected: object", "addr.type=unix")]
    [TestCase("stream,addr.0=1", "Invalid parameter type for 'addr', expected: object", "a list")]
    [TestCase("stream,addr.path=x", "Parameter 'addr.type' is missing", "unix, inet or fd")]
    [TestCase("stream,addr.type=unix", "Parameter 'addr.path' is missing", "addr.path=VALUE")]
    [TestCase("stream,addr.type=foo", "Parameter 'type' does not accept value 'foo'", "'addr.type=foo'")]
    [TestCase("stream,addr.type=vsock,addr.cid=3,addr.port=1", "socket address type 'vsock' is not compiled into this binary", "'addr.type=vsock'")]
    [TestCase(Unix + ",foo=1", "Parameter 'foo' is unexpected", "'foo=1'")]
    [TestCase(Unix + ",addr.foo=1", "Parameter 'addr.foo' is unexpected", "'addr.foo=1'")]
    [TestCase(Unix + ",addr.host=y,foo=1", "Parameter 'addr.host' is unexpected", "'addr.host'")]
    [TestCase(Unix + ",sever=on", "Parameter 'sever' is unexpected", "'server'")]
    [TestCase(Unix + ",server", "Expected '=' after parameter 'server'", "server=on")]
    [TestCase(Unix + ",server=1", "Parameter 'server' expects 'on' or 'off'", "'server=1'")]
    [TestCase(Unix + ",addr.abstract=maybe", "Parameter 'addr.abstract' expects 'on' or 'off'", "'addr.abstract=maybe'")]
    [TestCase(Unix + ",addr=1", "Parameters 'addr.*' used inconsistently", "addr.MEMBER")]
    [TestCase("stream,addr=1,addr.type=unix", "Parameters 'addr.*' used inconsistently", "addr.MEMBER")]
    [TestCase(Unix + ",addr.0=1", "Parameters 'addr.*' used inconsistently", "addr.MEMBER")]
    [TestCase("stream,addr.type.x=1", "Parameters 'addr.type.*' are unexpected", "addr.type=VALUE")]
    [TestCase("stream,addr..type=x", "Invalid parameter 'addr..type'", "'addr..type'")]
    [TestCase("stream,.addr=x", "Invalid parameter '.addr'", "'.addr'")]
    [TestCase("stream,=x", "Invalid parameter ''", "letters")]
    [TestCase("stream,9a=1", "Invalid parameter '9a'", "'9a'")]
    [TestCase("stream,a$b=1", "Invalid parameter 'a$b'", "'a$b'")]
    [TestCase("stream,id=n,,server=on", "Parameter 'addr' is missing", "addr")]
    [TestCase("stream,addr.type=unix,addr.path=", "Parameter 'addr.path' expects a file name", "'addr.path='")]
    [TestCase("stream,addr.type=inet", "Parameter 'addr.host' is missing", "host name")]
    [TestCase("stream,addr.type=inet,addr.host=a", "Parameter 'addr.port' is missing", "port number")]
    [TestCase("stream,addr.type=inet,addr.host=a,server=off,addr.port=0", "port number '0' is invalid", "'addr.port=0'")]
    [TestCase("stream,addr.type=inet,addr.host=a,addr.port=-1", "port number '-1' is invalid", "'addr.port=-1'")]
    [TestCase("socket,connect=h:0", "port number '0' is invalid", "'connect=h:0'")]
    [TestCase(Inet + ",addr.keep-alive=1", "Parameter 'addr.keep-alive' expects 'on' or 'off'", "'addr.keep-alive=1'")]
    [TestCase(Inet + ",addr.keep-alive-idle=x", "Parameter 'addr.keep-alive-idle' expects integer", "'addr.keep-alive-idle=x'")]
    [TestCase(Inet + ",addr.keep-alive-count=4294967296", "Parameter 'keep-alive-count' expects uint32_t", "out of range")]
    [TestCase(Inet + ",addr.keep-alive-count=-1", "Parameter 'keep-alive-count' expects uint32_t", "out of range")]
    [TestCase(Inet + ",addr.keep-alive-count=128", "Unable to set TCP keep-alive count option on socket: Invalid argument", "'addr.keep-alive-count=128' is out of range: write a number from 1 to 127")]
    [TestCase(Inet + ",addr.keep-alive-idle=32768", "Unable to set TCP keep-alive idle option on socket: Invalid argument", "from 1 to 32767")]
    [TestCase(Inet + ",addr.keep-alive-interval=32768", "Unable to set TCP keep-alive interval option on socket: Invalid argument", "leave it out for 5")]
    [TestCase(Inet + ",addr.keepalive=on", "Parameter 'addr.keepalive' is unexpected", "'addr.keep-alive'")]
    [TestCase(Unix + ",addr.keep-alive=on", "Parameter 'addr.keep-alive' is unexpected", "addr.keep-alive")]
    [TestCase("""{"type":"stream","addr":{"type":"inet","host":"a","port":"1","keep-alive":"on"}}""", "Invalid parameter type for 'addr.keep-alive', expected: boolean", "true or false")]
    [TestCase("""{"type":"stream","addr":{"type":"inet","host":"a","port":"1","keep-alive-idle":"9"}}""", "Parameter 'addr.keep-alive-idle' expects uint64", "without quotes")]
    [TestCase("stream,addr.type=inet,addr.host=a,addr.port=65536", "port number '65536' is invalid", "'addr.port=65536'")]
    [TestCase("stream,addr.type=inet,addr.host=a,addr.port=", "port number '' is invalid", "'addr.port='")]
    [TestCase("stream,addr.type=inet,addr.host=1.2.3.4,addr.port=http,addr.numeric=on", "port number 'http' is invalid", "1 to 65535 instead")]
    [TestCase("stream,addr.type=inet,addr.host=a,addr.port=1,addr.numeric=on", "can't resolve host address 'a'", "'addr.host=a'")]
    [TestCase("stream,addr.type=inet,addr.host=a,addr.port=1,addr.ipv4=off,addr.ipv6=off", "Cannot disable IPv4 and IPv6 at same time", "'addr.ipv4=off'")]
    [TestCase("stream,addr.type=inet,addr.host=a,addr.port=1,addr.to=9", "Parameter 'addr.to' is unexpected", "leave it out")]
    [TestCase("stream,addr.type=inet,addr.host=a,addr.port=1,addr.mptcp=on", "Parameter 'addr.mptcp' is unexpected", "'addr.mptcp=on'")]
    [TestCase("stream,addr.type=fd", "Parameter 'addr.str' is missing", "descriptor")]
    [TestCase("stream,addr.type=fd,addr.str=4foo", "Unable to parse FD number 4foo", "'addr.str=4foo'")]
    [TestCase("stream,addr.type=fd,addr.str=-1", "Unable to parse FD number -1", "'addr.str=-1'")]
    [TestCase(Unix + ",reconnect-ms=1", "'reconnect' and 'reconnect-ms' options are incompatible with socket in server mode", "server=off")]
    [TestCase(Unix + ",server=off,reconnect-ms=1,reconnect=2", "'reconnect' and 'reconnect-ms' are mutually exclusive", "'reconnect=2'")]
    [TestCase(Unix + ",server=off,reconnect-ms=x", "Parameter 'reconnect-ms' expects integer", "'reconnect-ms=x'")]
    [TestCase(Unix + ",server=off,reconnect-ms=0", "Parameter 'reconnect-ms' expects a number of milliseconds from 1 to 2147483647", "'reconnect-ms=0'")]
    [TestCase(Unix + ",server=off,reconnect=-1", "Parameter 'reconnect' expects a number of seconds from 1 to 2147483", "'reconnect=-1'")]
    [TestCase(Unix + ",server=off,reconnect=2147484", "Parameter 'reconnect' expects a number of seconds from 1 to 2147483", "'reconnect=2147484'")]
    [TestCase("""{"type":"stream","addr":1}""", "Invalid parameter type for 'addr', expected: object", "'addr' is 1")]
    [TestCase("""{"type":"stream","addr":{}}""", "Parameter 'addr.type' is missing", "unix, inet or fd")]
    [TestCase("""{"type":"stream","addr":{"type":"unix","path":1}}""", "Invalid parameter type for 'addr.path', expected: string", "in quotes")]
    [TestCase("""{"type":"stream","addr":{"type":"inet","host":"a","port":1}}""", "Invalid parameter type for 'addr.port', expected: string", "in quotes")]
    [TestCase("""{"type":"stream","addr":{"type":"inet","host":"a","port":"1","mptcp":true}}""", "Parameter 'addr.mptcp' is unexpected", "\"mptcp\": true")]
    [TestCase("""{"type":"stream","server":"on","addr":{"type":"unix","path":"x"}}""", "Invalid parameter type for 'server', expected: boolean", "true or false")]
    [TestCase("""{"type":"stream","reconnect":"1","addr":{"type":"unix","path":"x"}}""", "Invalid parameter type for 'reconnect', expected: integer", "whole number")]
    [TestCase("""{"type":"stream","reconnect":-9223372036854775808,"server":false,"addr":{"type":"unix","path":"x"}}""", "Parameter 'reconnect' expects a number of seconds from 1 to 2147483", "out of range")]
    [TestCase("""{"type":"socket","listen":":1"}""", "Parameter 'type' does not accept value 'socket' in this form", "plain text")]
    public void The_message_is_QEMUs_and_the_remedy_helps(string text, string message, string remedy)
    {
        UserErrorException error = Assert.Throws<UserErrorException>(() => Parse(text))!;
        Assert.That(error.Problem, Is.EqualTo(message));
        Assert.That(error.Remedy, Does.Contain(remedy));
    }

    [TestCase("", "Parameter '{0}' is too long")]
    [TestCase("a.", "Parameter fragment '{0}' is too long")]
    public void An_overlong_name_is_refused(string before, string message)
    {
        string name = new('x', 128);
        Assert.That(
            Assert.Throws<UserErrorException>(() => Parse($"stream,{before}{name}=1"))!.Problem, Is.EqualTo(string.Format(null, message, name)));
    }

    [Test]
    public void A_unix_path_has_at_most_108_bytes_and_an_abstract_name_107()
    {
        string path = new('p', 106);
        Assert.That(Parse($"stream,addr.type=unix,addr.path=é{path}").Address, Is.InstanceOf<UnixFrontendAddress>());
        foreach (string text in new[] { $"é{path}x", $"é{path},addr.abstract=on" })
        {
            UserErrorException error = Assert.Throws<UserErrorException>(() => Parse($"stream,addr.type=unix,addr.path={text}"))!;
            Assert.That(error.Problem, Does.Match("^UNIX socket path 'ép+x?' is too long$"));
        }
    }
}
