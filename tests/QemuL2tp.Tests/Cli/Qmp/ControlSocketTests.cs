using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using QemuL2tp.Options;
using QemuL2tp.Tests.TestSupport;

namespace QemuL2tp.Tests.Cli.Qmp;

/// <summary>The control socket of the real program.</summary>
internal sealed class ControlSocketTests : ProgramTest
{
    [Test]
    public void It_is_for_this_user_only_and_is_gone_at_the_end()
    {
        ProgramProcess process = StartByShell("umask 0; exec \"$@\"", "-netdev", Netdev(), "-qmp", $"unix:{FileName("qmp")},server=on,wait=off").UntilReady();
        Assert.That(File.GetUnixFileMode(FileName("qmp")), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite));
        Assert.That(process.Terminate(), Is.Zero);
        Assert.That(File.Exists(FileName("qmp")), Is.False);
    }

    [Test]
    public void No_other_mode_is_ever_set()
    {
        // strace is not everywhere; with umask 777 a chmod behind the bind would be the only way to these permissions.
        ProgramProcess process = StartByShell("umask 777; exec \"$@\"", "--qmp", $"unix:{FileName("qmp")},server=on", "--pid-file", "/dev/null");
        process.Until(() => process.HasExited || File.Exists(FileName("qmp")), "the socket");
        Assert.That((int)File.GetUnixFileMode(FileName("qmp")), Is.Zero, "bind(2) makes it with what the umask leaves of 0600");
        Assert.That(process.Terminate(), Is.Zero);
    }

    [Test]
    public void A_stale_file_is_replaced_and_a_live_one_is_an_error()
    {
        using (var stale = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
        {
            // A socket that is unlinked by its owner would not do; this one leaves its file behind.
            stale.Bind(new UnixDomainSocketEndPoint(FileName("x")));
            File.Move(FileName("x"), FileName("qmp"));
        }

        ProgramProcess process = Start("-netdev", Netdev(), "--qmp", $"unix:{FileName("qmp")},server=on").UntilReady();
        Assert.That(Run(1, "--qmp", $"unix:{FileName("qmp")},server=on").Errors, Does.StartWith($"qemu-l2tp: --qmp unix:{FileName("qmp")},server=on: Failed to bind socket to {FileName("qmp")}: another process listens there\n"));
        using var client = new QmpClient(FileName("qmp"));
        Assert.That(client.Execute("query-status")["return"], Is.Not.Null);
        Assert.That(process.Terminate(), Is.Zero);
    }

    [TestCase("tcp:127.0.0.1:1,server=on", "'tcp:127.0.0.1:1,server=on' is not a valid char driver")]
    [TestCase("unix:/x", "the control socket must listen")]
    [TestCase("unix:/x,server=yess", "Parameter 'server' expects 'on' or 'off'")]
    [TestCase("unix:/x,server=on,wait=on", "Parameter 'wait' expects 'off'")]
    [TestCase("unix:/x,server=on,foo=1", "Invalid parameter 'foo'")]
    [TestCase("unix:,server=on", "chardev: socket: no path given")]
    [TestCase("unix:/no/such/directory/qmp,server=on", "Failed to bind socket to /no/such/directory/qmp: No such file or directory")]
    [TestCase(null, "is too long")]
    public void A_wrong_address_is_an_error(string? address, string message) =>
        Assert.That(Run(1, "-netdev", Netdev(), "--qmp", address ?? $"unix:/{new string('x', 200)},server=on").Errors, Does.StartWith("qemu-l2tp: --qmp ").And.Contain(message));

    [Test]
    public void Quit_ends_it_as_a_signal_does()
    {
        ProgramProcess process = Start("-netdev", Netdev(), "--qmp", $"unix:{FileName("qmp")},server=on").UntilReady();
        using var client = new QmpClient(FileName("qmp"));
        using var other = new QmpClient(FileName("qmp"));
        Assert.That(client.Send("{'execute':'quit','id':1}").ToJsonString(), Is.EqualTo("""{"return":{},"id":1}"""));
        foreach (QmpClient each in new[] { client, other })
        {
            Assert.That(each.ReadEvent(), Is.EqualTo("SHUTDOWN {\"guest\":false,\"reason\":\"host-qmp-quit\"}"));
            Assert.That(each.ReadLine(), Is.Null);
        }

        Assert.That(process.WaitForExit(), Is.Zero);
        Assert.That(process.Errors, Does.Contain("net0: statistics"));
        Assert.That(File.Exists(FileName("qmp")) || File.Exists(FileName("qemu-l2tp/net0.sock")), Is.False);
    }

    [Test]
    public void Clients_are_told_what_comes_and_goes()
    {
        L2tpv3Options options = Loopback.NewOptions();
        ProgramProcess process = Start("--qmp", $"unix:{FileName("qmp")},server=on");
        process.Until(() => File.Exists(FileName("qmp")), "the control socket");
        using var client = new QmpClient(FileName("qmp"));
        string added = $"{{'execute':'netdev_add','arguments':{{'type':'l2tpv3','id':'a','src':'{options.Source}','dst':'{options.Destination}','udp':true,'srcport':'{options.SourcePort}','dstport':'{options.DestinationPort}','txsession':1,'x-frontend':{{0}}}}}}";
        foreach ((string frontend, string kind, string data) in new[]
        {
            ($"'stream,addr.type=unix,addr.path={FileName("s")}'", "NETDEV_STREAM", $"{{\"netdev-id\":\"a\",\"addr\":{{\"type\":\"unix\",\"path\":\"{FileName("s")}\"}}}}"),
            ($"{{'type':'vhost-user','path':'{FileName("s")}'}}", "NETDEV_VHOST_USER", "{\"netdev-id\":\"a\",\"chardev-id\":\"char-a\"}"),
        })
        {
            Assert.That(client.Send(added.Replace("{0}", frontend, StringComparison.Ordinal)).ToJsonString(), Is.EqualTo("""{"return":{}}"""));
            Assert.That(client.ReadEvent(), Is.EqualTo("X_NETDEV_ADDED {\"netdev-id\":\"a\"}"));
            using (FakeQemu.Connect(FileName("s")))
                Assert.That(client.ReadEvent(), Is.EqualTo($"{kind}_CONNECTED {data}"));
            Assert.That(client.ReadEvent(), Is.EqualTo($"{kind}_DISCONNECTED {{\"netdev-id\":\"a\"}}"));
            Assert.That(client.Send("{'execute':'netdev_del','arguments':{'id':'a'}}").ToJsonString(), Is.EqualTo("""{"return":{}}"""));
            Assert.That(client.ReadEvent(), Is.EqualTo("X_NETDEV_REMOVED {\"netdev-id\":\"a\"}"));
        }

        Assert.That(process.Terminate(), Is.Zero);
    }

    [TestCase("dgram,local.type=inet,local.host=127.0.0.1,local.port={0},remote.type=inet,remote.host=127.0.0.1,remote.port={1}")]
    [TestCase("socket,udp=127.0.0.1:{1},localaddr=127.0.0.1:{0}")]
    public void Datagrams_have_no_connection_and_no_event(string frontend)
    {
        L2tpv3Options options = Loopback.NewOptions();
        int ours = Loopback.NewPort();
        using Socket qemu = Loopback.Udp(new IPEndPoint(IPAddress.Loopback, 0));
        string text = string.Format(CultureInfo.InvariantCulture, frontend, ours, ((IPEndPoint)qemu.LocalEndPoint!).Port);
        ProgramProcess process = Start("-netdev", Netdev(options), "--frontend", text, "--qmp", $"unix:{FileName("qmp")},server=on").UntilReady();
        using Socket peer = Loopback.PeerOf(options);
        using var client = new QmpClient(FileName("qmp"));
        qemu.SendTo(LoopbackLink.Frame(60), new IPEndPoint(IPAddress.Loopback, ours));
        Assert.That(PseudowireOptions.PeerOf(options).Decode(peer.ReceiveDatagram(), out _), Is.EqualTo(LoopbackLink.Frame(60)));
        Assert.That(client.Execute("query-netdev-stats")["return"]!.AsArray(), Has.Count.EqualTo(1));
        Assert.That(client.Events, Is.Empty);
        Assert.That(process.Terminate(), Is.Zero);
    }

    [Test]
    public void When_descriptors_run_out_adding_fails_and_everything_goes_on()
    {
        L2tpv3Options[] options = [.. Enumerable.Range(0, 40).Select(_ => Loopback.NewOptions())];
        ProgramProcess process = StartByShell("ulimit -n 200; exec \"$@\"", "-netdev", Netdev(options[0]), "--qmp", $"unix:{FileName("qmp")},server=on", "--threads", "2").UntilReady();
        using var client = new QmpClient(FileName("qmp"));
        List<int> failed = [];
        for (int i = 1; i < options.Length; i++)
        {
            JsonNode answer = client.Send($"{{'execute':'netdev_add','arguments':{{'type':'l2tpv3','id':'n{i}','src':'{options[i].Source}','dst':'{options[i].Destination}','udp':true,'srcport':'{options[i].SourcePort}','dstport':'{options[i].DestinationPort}','txsession':1}}}}");
            if (answer["error"] is not { } error)
                continue;
            Assert.That((string?)error["desc"], Is.EqualTo("fewer than 32 descriptors are free"));
            failed.Add(i);
        }

        Assert.That(failed, Is.Not.Empty.And.Count.LessThan(options.Length - 5));
        Assert.That(Directory.GetFiles(FileName("qemu-l2tp")), Has.Length.EqualTo(options.Length - failed.Count));
        for (int i = 1; i < options.Length; i++)
            Assert.That(client.Send($"{{'execute':'netdev_del','arguments':{{'id':'n{i}'}}}}")["error"] is not null, Is.EqualTo(failed.Contains(i)));
        using var another = new QmpClient(FileName("qmp"));
        Assert.That(another.Execute("query-netdev-stats")["return"]!.AsArray(), Has.Count.EqualTo(1));
        Assert.That(process.Terminate(), Is.Zero);
    }

    [Test]
    public void The_end_of_an_inherited_connection_does_not_end_a_program_that_can_be_given_more()
    {
        string perl = "use Socket; $^F = 9; socketpair(my $a, my $b, AF_UNIX, SOCK_STREAM, 0); my $n = fileno $a; close $b; exec @ARGV, '--frontend', \"stream,addr.type=fd,addr.str=$n\";";
        ProgramProcess process = StartCommand("/usr/bin/perl", "-e", perl, ProgramProcess.Path, "-netdev", Netdev(), "--qmp", $"unix:{FileName("qmp")},server=on").UntilReady();
        process.Until(() => process.Errors.Contains("QEMU disconnected", StringComparison.Ordinal), "disconnected");
        using var client = new QmpClient(FileName("qmp"));
        Assert.That(client.Execute("query-status")["return"], Is.Not.Null);
        Assert.That(process.Terminate(), Is.Zero);
    }
}
