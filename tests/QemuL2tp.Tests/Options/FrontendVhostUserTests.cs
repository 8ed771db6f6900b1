using QemuL2tp.Options;

namespace QemuL2tp.Tests.Options;

/// <summary><c>--frontend vhost-user,…</c>: the members of QEMU's <c>-chardev socket</c>, in the syntax of <c>stream</c>.</summary>
public sealed class FrontendVhostUserTests
{
    private const string Unix = "vhost-user,path=/run/x";

    private static FrontendOptions Parse(string text) => FrontendParser.Parse(text, []);

    private static FrontendOptions VhostUser(FrontendAddress address, bool server = true) =>
        new() { Kind = FrontendKind.VhostUser, Server = server, Address = address };

    [TestCase(Unix)]
    [TestCase(Unix + ",")]
    [TestCase(Unix + ",server=on")]
    [TestCase(Unix + ",abstract=off,tight=on,x-poll-us=0,x-offload-tx=on,x-offload-rx=on")]
    [TestCase("path=/run/x,type=vhost-user,server=off,server=y")]
    [TestCase("vhost-user,addr.type=unix,addr.path=/run/x")]
    [TestCase("""{"type":"vhost-user","path":"/run/x"}""")]
    [TestCase("{'type':'vhost-user','server':true,'addr':{'path':'/run/x','type':'unix'}}")]
    public void A_unix_listener_can_be_spelled_in_many_ways(string text)
    {
        Assert.That(Parse(text), Is.EqualTo(VhostUser(new UnixFrontendAddress("/run/x"))));
    }

    [Test]
    public void All_members_have_their_place()
    {
        Assert.That(
            Parse("vhost-user,id=net1,server=off,reconnect-ms=0x10,path=a,,b,abstract=on,tight=off,x-poll-us=1000,x-offload-tx=off,x-offload-rx=off"),
            Is.EqualTo(VhostUser(new UnixFrontendAddress("a,b", Abstract: true, Tight: false), server: false) with
            {
                Id = "net1",
                ReconnectMilliseconds = 16,
                PollMicroseconds = 1000,
                OffloadsFromGuest = false,
                OffloadsToGuest = false,
            }));
    }

    [TestCase("vhost-user,fd=7")]
    [TestCase("vhost-user,addr.type=fd,addr.str=7")]
    [TestCase("""{"type":"vhost-user","fd":"7"}""")]
    public void A_descriptor_is_connected_unless_said_otherwise(string text)
    {
        Assert.That(Parse(text), Is.EqualTo(VhostUser(new FdFrontendAddress(7), server: false)));
    }

    [Test]
    public void A_listening_descriptor_is_asked_for_with_server_on()
    {
        Assert.That(Parse("vhost-user,fd=7,server=on"), Is.EqualTo(VhostUser(new FdFrontendAddress(7))));
    }

    [Test]
    public void We_connect_every_200_ms_unless_said_otherwise([Values("", ",reconnect=2", ",reconnect-ms=2000")] string option)
    {
        Assert.That(Parse(Unix + ",server=off" + option).ReconnectMilliseconds, Is.EqualTo(option.Length == 0 ? 200 : 2000));
    }

    [Test]
    public void Polling_is_a_number_in_JSON()
    {
        Assert.That(Parse("""{"type":"vhost-user","path":"/run/x","x-poll-us":50}""").PollMicroseconds, Is.EqualTo(50));
    }

    [TestCase("vhost-user", "exactly one of path=, fd= or addr.type= is required", "Add path=PATH")]
    [TestCase("vhost-user,chardev=c0", "exactly one of path=, fd= or addr.type= is required", "QEMU's -chardev socket")]
    [TestCase(Unix + ",fd=7", "exactly one of path=, fd= or addr.type= is required", "Keep one of 'path=/run/x', 'fd=7'.")]
    [TestCase(Unix + ",addr.type=unix,addr.path=/y", "exactly one of path=, fd= or addr.type= is required", "Keep one of 'path=/run/x', 'addr'.")]
    [TestCase("vhost-user,path=", "Parameter 'path' expects a file name", "write path=/run/vm.sock")]
    [TestCase("vhost-user,path", "Expected '=' after parameter 'path'", "path=")]
    [TestCase("vhost-user,path.x=1", "Parameters 'path.*' are unexpected", "path=VALUE")]
    [TestCase("vhost-user,fd=4x", "Unable to parse FD number 4x", "Write fd= with the decimal number")]
    [TestCase("vhost-user,fd=-1", "Unable to parse FD number -1", "'fd=-1'")]
    [TestCase("vhost-user,fd=7,abstract=on", "Parameter 'abstract' is unexpected", "'abstract'")]
    [TestCase("vhost-user,addr.type=inet,addr.host=a,addr.port=1", "socket address type 'inet' cannot be used with vhost-user", "over a unix socket only: write path=PATH")]
    [TestCase("vhost-user,addr.type=inet", "socket address type 'inet' cannot be used with vhost-user", "--frontend stream")]
    [TestCase("vhost-user,addr.type=vsock", "socket address type 'vsock' cannot be used with vhost-user", "'addr.type=vsock'")]
    [TestCase("vhost-user,addr.path=x", "Parameter 'addr.type' is missing", "unix or fd")]
    [TestCase("vhost-user,addr.type=unix", "Parameter 'addr.path' is missing", "addr.path=VALUE")]
    [TestCase("vhost-user,addr.type=unix,addr.path=", "Parameter 'addr.path' expects a file name", "'addr.path='")]
    [TestCase("vhost-user,addr=/run/x", "Invalid parameter type for 'addr', expected: object", "addr.type=unix")]
    [TestCase(Unix + ",sever=on", "Parameter 'sever' is unexpected", "'server'")]
    [TestCase(Unix + ",poll-us=5", "Parameter 'poll-us' is unexpected", "did you mean 'x-poll-us'?")]
    [TestCase(Unix + ",queues=4", "Parameter 'queues' is unexpected", "the options here are type, id, path,")]
    [TestCase(Unix + ",server=1", "Parameter 'server' expects 'on' or 'off'", "'server=1'")]
    [TestCase(Unix + ",x-poll-us=1001", "Parameter 'x-poll-us' expects a number from 0 to 1000", "'x-poll-us=1001' is out of range")]
    [TestCase(Unix + ",x-poll-us=-1", "Parameter 'x-poll-us' expects a number from 0 to 1000", "leave x-poll-us out for 0")]
    [TestCase(Unix + ",x-poll-us=long", "Parameter 'x-poll-us' expects integer", "'x-poll-us=long'")]
    [TestCase(Unix + ",x-offload-tx=auto", "Parameter 'x-offload-tx' expects 'on' or 'off'", "'x-offload-tx=auto'")]
    [TestCase(Unix + ",x-offload-rx=1", "Parameter 'x-offload-rx' expects 'on' or 'off'", "'x-offload-rx=1'")]
    [TestCase(Unix + ",reconnect=1", "'reconnect' and 'reconnect-ms' options are incompatible with socket in server mode", "server=off")]
    [TestCase(Unix + ",server=off,reconnect-ms=1,reconnect=2", "'reconnect' and 'reconnect-ms' are mutually exclusive", "'reconnect=2'")]
    [TestCase(Unix + ",server=off,reconnect=0", "Parameter 'reconnect' expects a number of seconds from 1 to 2147483", "'reconnect=0'")]
    [TestCase("""{"type":"vhost-user","fd":7}""", "Invalid parameter type for 'fd', expected: string", "in quotes")]
    [TestCase("""{"type":"vhost-user","path":"/x","x-poll-us":"5"}""", "Invalid parameter type for 'x-poll-us', expected: integer", "without quotes")]
    public void The_message_is_QEMUs_and_the_remedy_helps(string text, string message, string remedy)
    {
        UserErrorException error = Assert.Throws<UserErrorException>(() => Parse(text))!;
        Assert.That(error.Problem, Is.EqualTo(message));
        Assert.That(error.Remedy, Does.Contain(remedy));
    }

    [Test]
    public void An_overlong_path_is_refused_in_the_words_that_were_written()
    {
        UserErrorException error = Assert.Throws<UserErrorException>(() => Parse("vhost-user,path=" + new string('p', 109)))!;
        Assert.That(error.Problem, Does.Match("^UNIX socket path 'p+' is too long$"));
        Assert.That(error.Remedy, Does.EndWith("choose a shorter 'path'."));
    }
}
