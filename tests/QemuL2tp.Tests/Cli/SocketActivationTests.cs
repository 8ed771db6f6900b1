using System.Net.Sockets;
using QemuL2tp.Options;
using QemuL2tp.Tests.TestSupport;

namespace QemuL2tp.Tests.Cli;

/// <summary>Sockets that a service manager has opened: LISTEN_PID, LISTEN_FDS and LISTEN_FDNAMES (sd_listen_fds(3)).</summary>
internal sealed class SocketActivationTests : ProgramTest
{
    private readonly L2tpv3Options _options = Loopback.NewOptions();

    [Test]
    public void A_socket_with_the_id_of_a_pseudowire_is_its_front_end()
    {
        ProgramProcess process = Activate("net0", null, "-netdev", Netdev(_options));
        ExpectFrame();
        Assert.That(File.Exists(FileName("qemu-l2tp/net0.sock")), Is.False, "no other");
        Assert.That(process.Terminate(), Is.Zero);
        Assert.That(File.Exists(FileName("passed")), Is.True, "it is the service manager's");
    }

    [TestCase("stream,server=on,addr.type=fd,addr.str=web")]
    [TestCase("stream,server=on,addr.type=fd,addr.str=3")]
    public void A_front_end_names_a_socket_or_has_its_number(string frontend)
    {
        ProgramProcess process = Activate("web", null, "-netdev", Netdev(_options), "--frontend", frontend);
        ExpectFrame();
        Assert.That(process.Errors, Does.Not.Contain("no front end uses"));
        Assert.That(process.Terminate(), Is.Zero);
    }

    [Test]
    public void A_vhost_user_front_end_listens_on_a_named_socket()
    {
        ProgramProcess process = Activate("vm", null, "-netdev", Netdev(_options), "--frontend", "vhost-user,server=on,fd=vm");
        using (FakeQemu.Connect(FileName("passed")))
            process.Until(() => process.Errors.Contains("QEMU connected", StringComparison.Ordinal), "connected");
        Assert.That(process.Terminate(), Is.Zero);
    }

    [Test]
    public void A_socket_that_nobody_uses_is_a_warning_that_says_what_to_write()
    {
        ProgramProcess process = Activate("web", null, "-netdev", Netdev(_options));
        Assert.That(process.Terminate(), Is.Zero);
        Assert.That(process.Errors, Does.Contain("qemu-l2tp: warning: LISTEN_FDNAMES: no front end uses the socket 'web'; write --frontend stream,server=on,addr.type=fd,addr.str=web,"));
    }

    [Test]
    public void Without_names_it_is_called_unknown()
    {
        ProgramProcess process = Activate(null, null, "-netdev", Netdev(_options), "--frontend", "stream,server=on,addr.type=fd,addr.str=unknown");
        ExpectFrame();
        Assert.That(process.Terminate(), Is.Zero);
    }

    [Test]
    public void What_is_meant_for_another_process_is_left_alone()
    {
        ProgramProcess process = Activate("net0", "LISTEN_PID=1", "-netdev", Netdev(_options));
        Assert.That(process.Terminate(), Is.Zero);
        Assert.That(process.Output, Does.Contain(FileName("qemu-l2tp/net0.sock")));
    }

    [TestCase("other", "LISTEN_FDS=1", "File descriptor named 'web' has not been found\nThose that were passed are other.\n")]
    [TestCase("web", "LISTEN_PID=1", "File descriptor named 'web' has not been found\nNone was passed: ")]
    [TestCase("a:b", "LISTEN_FDS=1", "qemu-l2tp: LISTEN_FDS=1 does not go with LISTEN_FDNAMES=a:b\n")]
    [TestCase("web", "LISTEN_FDS=many", "qemu-l2tp: LISTEN_FDS=many does not go with LISTEN_FDNAMES=web\n")]
    [TestCase("a:b:c", "LISTEN_FDS=3", "qemu-l2tp: LISTEN_FDS=3, but descriptor 4 is not open\n")]
    [TestCase("web:web", "LISTEN_FDS=2 4<&3", "qemu-l2tp: LISTEN_FDNAMES=web:web has 'web' twice\n")]
    public void What_does_not_fit_is_an_error(string names, string more, string message)
    {
        ProgramProcess process = Activate(names, more, "-netdev", Netdev(_options), "--frontend", "stream,server=on,addr.type=fd,addr.str=web");
        Assert.That(process.WaitForExit(), Is.EqualTo(1), process.Errors);
        Assert.That(process.Errors, Does.Contain(message));
    }

    [Test]
    public void A_pseudowire_that_changes_gets_the_same_socket_again_and_no_descriptor_is_left_behind()
    {
        File.WriteAllText(FileName("conf"), Netdev(_options));
        ProgramProcess process = Activate("net0", null, "--config", FileName("conf"));
        int sockets = 0, reloads = 0;
        for (int i = 0; i < 8; i++)
        {
            ExpectFrame();
            Reload(",offset=4");
            // What cannot be used must not keep a duplicate either.
            Reload("\nstream,server=off,addr.type=fd,addr.str=net0");
            Assert.That(process.Errors, Does.Contain("is a listening socket"));
            Reload("");
            if (i == 2)
                sockets = Footprint.Of(process.Id).Sockets;
        }

        Assert.That(Footprint.Of(process.Id).Sockets, Is.LessThanOrEqualTo(sockets + 1), "the runtime may open one of its own");
        Assert.That(process.Terminate(), Is.Zero);

        void Reload(string more)
        {
            File.WriteAllText(FileName("conf"), Netdev(_options) + more);
            process.Signal(ProgramProcess.SigHangUp);
            reloads++;
            process.Until(() => process.Errors.Split("was read again").Length == reloads + 1, "reloaded");
        }
    }

    [Test]
    public void Passed_descriptors_are_not_passed_on()
    {
        ProgramProcess process = Activate("net0", null, "-netdev", Netdev(_options));
        string flags = File.ReadLines($"/proc/{process.Id}/fdinfo/3").First(line => line.StartsWith("flags:", StringComparison.Ordinal)).Split('\t')[1];
        Assert.That(Convert.ToInt32(flags, 8) & 0x80000, Is.Not.Zero, "O_CLOEXEC");
        Assert.That(process.Terminate(), Is.Zero);
    }

    /// <summary>The listening socket "passed" as descriptor 3, handed over by a shell that the program replaces.</summary>
    private ProgramProcess Activate(string? names, string? more, params string[] arguments)
    {
        string perl = """
            use Socket; $^F = 9;
            socket(my $s, AF_UNIX, SOCK_STREAM, 0) or die; bind($s, pack_sockaddr_un($ENV{PASSED})) or die "$!"; listen($s, 8) or die;
            fileno($s) == 3 or die fileno($s); exec @ARGV or die;
            """;
        Variables["PASSED"] = FileName("passed");
        string name = names is null ? "" : $"export LISTEN_FDNAMES={names};";
        string[] parts = (more ?? "LISTEN_FDS=1").Split(' ');
        string script = $"export LISTEN_PID=$$ LISTEN_FDS=1; {name} export {parts[0]}; exec \"$@\" {string.Join(' ', parts.Skip(1))}";
        ProgramProcess process = StartCommand(["/usr/bin/perl", "-e", perl, "/bin/bash", "-c", script, "bash", ProgramProcess.Path, .. arguments]);
        process.Until(() => process.HasExited || process.Output.Contains('\n', StringComparison.Ordinal), "ready");
        return process;
    }

    private void ExpectFrame()
    {
        using FakeQemu qemu = FakeQemu.Connect(FileName("passed"));
        using Socket peer = Loopback.PeerOf(_options);
        qemu.Send(LoopbackLink.Frame(60));
        Assert.That(PseudowireOptions.PeerOf(_options).Decode(peer.ReceiveDatagram(), out _), Is.EqualTo(LoopbackLink.Frame(60)));
    }
}
