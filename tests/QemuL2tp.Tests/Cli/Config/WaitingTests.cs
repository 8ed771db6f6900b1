using System.Text.Json.Nodes;
using QemuL2tp.Options;
using QemuL2tp.Tests.TestSupport;

namespace QemuL2tp.Tests.Cli.Config;

/// <summary>Addresses that are not there yet: one from a file is waited for and counts as started; on the command line only a tentative one is.</summary>
internal sealed class WaitingTests : ProgramTest
{
    private const string Absent = "8.";

    [Test]
    public void One_that_waits_counts_as_started_and_reload_and_end_know_it()
    {
        L2tpv3Options running = Loopback.NewOptions();
        string[] lines = [Late("late"), Netdev(running, "a")];
        Write(string.Join('\n', lines));
        ProgramProcess process = Start("--config", FileName("a.conf"), "--pid-file", FileName("pid")).UntilReady(2);
        Assert.That(File.Exists(FileName("pid")), Is.True);
        process.Until(() => process.Errors.Contains("late: waiting, and dropping frames: could not bind socket err=99", StringComparison.Ordinal), "it says so");
        Assert.That(process.Errors, Does.Not.Contain("are not open"));
        using (FakeQemu qemu = FakeQemu.Connect(FileName("qemu-l2tp/late.sock")))
        {
            qemu.Send(LoopbackLink.Frame(100));
            process.UntilStatistics(text => text.Contains("dropped TunnelNotReady: 1", StringComparison.Ordinal) && text.Contains("waits for: could not bind", StringComparison.Ordinal), "the numbers");
        }

        Write($"{lines[0]}\n{Netdev(running, "a")}\n{Late("more")}");
        process.Signal(ProgramProcess.SigHangUp);
        process.Until(() => process.Errors.Contains("2 unchanged, 0 closed, 1 opened", StringComparison.Ordinal), "the reload");
        Write(lines[1]);
        process.Signal(ProgramProcess.SigHangUp);
        process.Until(() => process.Errors.Contains("1 unchanged, 2 closed, 0 opened", StringComparison.Ordinal), "another reload");
        Assert.That(process.Terminate(), Is.Zero);
        Assert.That(File.Exists(FileName("pid")), Is.False);
    }

    [Test]
    public void On_the_command_line_it_is_an_error_unless_it_is_to_wait()
    {
        Assert.That(Run(1, "-netdev", Late("a")).Errors, Does.Contain("could not bind socket err=99"));
        ProgramProcess process = Start("-netdev", $"{Late("a")},x-wait=on").UntilReady();
        Assert.That(process.Terminate(), Is.Zero);
    }

    [Test]
    public void The_control_socket_says_which_one_waits_and_removes_it()
    {
        ProgramProcess process = Start("--qmp", $"unix:{FileName("qmp")},server=on");
        process.Until(() => File.Exists(FileName("qmp")), "the control socket");
        using var client = new QmpClient(FileName("qmp"));
        L2tpv3Options options = Loopback.NewOptions();
        JsonObject Arguments() => new()
        {
            ["type"] = "l2tpv3",
            ["id"] = "late",
            ["src"] = Absent + options.Source[4..],
            ["dst"] = options.Destination,
            ["udp"] = true,
            ["srcport"] = options.SourcePort,
            ["dstport"] = options.DestinationPort,
            ["txsession"] = 1,
        };
        Assert.That(client.Execute("netdev_add", Arguments())["return"], Is.Not.Null);
        JsonNode stats = client.Execute("query-netdev-stats")["return"]![0]!;
        Assert.That(stats["state"]!.GetValue<string>(), Is.EqualTo("waiting"));
        Assert.That(stats["waits-for"]!.GetValue<string>(), Does.Contain("err=99"));
        Assert.That(client.Execute("netdev_del", new JsonObject { ["id"] = "late" })["return"], Is.Not.Null);
        JsonObject hurried = Arguments();
        hurried["x-wait"] = false;
        Assert.That(client.Execute("netdev_add", hurried)["error"]!["desc"]!.GetValue<string>(), Does.Contain("err=99"));
        Assert.That(process.Terminate(), Is.Zero);
    }

    [Test]
    public void A_tentative_address_is_waited_for_for_some_seconds() => OwnNetwork.Run(() =>
    {
        MakeTentative(transmissions: 2);
        ProgramProcess process = Start("-netdev", "l2tpv3,id=a,src=2001:db8::1,dst=2001:db8::2,ipv6=on,udp=on,srcport=1701,dstport=1701,txsession=1").UntilReady();
        Assert.That(process.Terminate(), Is.Zero);
        Assert.That(process.Errors, Does.Not.Contain("waiting"));
    });

    [Test]
    public void An_address_that_stays_tentative_is_an_error() => OwnNetwork.Run(() =>
    {
        MakeTentative(transmissions: 1000);
        Assert.That(Run(1, "-netdev", "l2tpv3,id=a,src=2001:db8::1,dst=2001:db8::2,ipv6=on,udp=on,srcport=1701,dstport=1701,txsession=1").Errors, Does.Contain("could not bind socket err=99").And.Contain("src=2001:db8::1 is on this host, but still tentative"));
    });

    /// <summary>An IPv6 address that is tentative for so many seconds.</summary>
    private static void MakeTentative(int transmissions)
    {
        OwnNetwork.Command("ip", "link add v0 type veth peer name v1");
        OwnNetwork.Command("sysctl", $"-qw net.ipv6.conf.v0.dad_transmits={transmissions}");
        OwnNetwork.Command("ip", "link set v1 up");
        OwnNetwork.Command("ip", "link set v0 up");
        OwnNetwork.Command("ip", "address add 2001:db8::1/64 dev v0");
    }

    private void Write(string text) => File.WriteAllText(FileName("a.conf"), text);

    /// <summary>A pseudowire whose address is no address of this host.</summary>
    private static string Late(string id) => Netdev(id).Replace("src=127.", $"src={Absent}", StringComparison.Ordinal);
}
