using QemuL2tp.Options;
using QemuL2tp.Tests.TestSupport;

namespace QemuL2tp.Tests.Cli.Config;

/// <summary><c>qemu-l2tp check</c>, and a start from files.</summary>
internal sealed class CheckTests : ProgramTest
{
    [Test]
    public void Right_files_are_said_to_be_right_and_nothing_is_opened()
    {
        Write("a.conf", $"{Netdev("a")}\nstream,id=a,addr.type=unix,addr.path={FileName("a")}\n{Netdev("b")}\n");
        Write("c.conf", Netdev("c"));
        ProgramProcess process = Run(0, "check", FileName("a.conf"), FileName("c.conf"));
        Assert.That(process.Output, Is.EqualTo($"{FileName("a.conf")}, {FileName("c.conf")}: 3 pseudowires, no mistake\n"));
        Assert.That(process.Errors, Is.Empty);
        Assert.That(Directory.GetFileSystemEntries(Path.GetDirectoryName(FileName("a"))!), Has.Length.EqualTo(2));
        Assert.That(Run(0, "check", "--config", FileName("c.conf")).Output, Is.EqualTo($"{FileName("c.conf")}: 1 pseudowire, no mistake\n"));
    }

    [Test]
    public void Every_mistake_is_told_by_check_and_at_the_start_and_nothing_is_left_behind()
    {
        string b = Netdev("b");
        Write("a.conf", $"{Netdev("a")}\n  {b},foo=1,udp=onn\nuser,id=u\n");
        Write("b.conf", Netdev("a") + "\n");
        string[] expected =
        [
            $"{FileName("a.conf")}:2:{3 + b.Length + 1}: error: Invalid parameter 'foo'\n",
            $"{FileName("a.conf")}:2:{3 + b.Length + 7}: error: Parameter 'udp' expects 'on' or 'off'\n",
            $"{FileName("a.conf")}:3:1: error: network backend 'user' is not compiled into this binary\n",
            $"{FileName("b.conf")}:1:1: error: Duplicate ID 'a' for netdev\n",
        ];
        string check = Run(1, "check", FileName("a.conf"), FileName("b.conf")).Errors;
        foreach (string mistake in expected)
            Assert.That(check, Does.Contain(mistake));
        Assert.That(check.Split(": error: "), Has.Length.EqualTo(expected.Length + 1), check);

        ProgramProcess start = Run(1, "-netdev", Netdev("c"), "--config", FileName("a.conf"), "--config", FileName("b.conf"), "--pid-file", FileName("pid"), "--qmp", $"unix:{FileName("qmp")},server=on");
        Assert.That(start.Errors, Is.EqualTo("qemu-l2tp: " + check));
        Assert.That(start.Output, Is.Empty);
        Assert.That(Directory.GetFiles(FileName("qemu-l2tp")), Is.Empty);
        Assert.That(File.Exists(FileName("pid")) || File.Exists(FileName("qmp")), Is.False);
    }

    [Test]
    public void A_socket_path_of_runtime_directory_and_id_that_is_too_long_is_a_mistake_of_that_line()
    {
        string id = new('a', 100);
        Write("a.conf", $"{Netdev("b")}\n{Netdev(id)}\n");
        int room = 108 - FileName("qemu-l2tp/.sock").Length;
        string check = Run(1, "check", FileName("a.conf")).Errors;
        Assert.That(check, Is.EqualTo(
            $"{FileName("a.conf")}:2:1: error: UNIX socket path '{FileName($"qemu-l2tp/{id}.sock")}' is too long\n"
            + $"  It is made of the runtime directory {FileName("qemu-l2tp")} and the id, and must be at most 108 bytes: choose an id of at most {room} bytes, or give this pseudowire a --frontend.\n"));
        Assert.That(Directory.Exists(FileName("qemu-l2tp")), Is.False, "check opens nothing");
        Assert.That(Run(1, "--config", FileName("a.conf")).Errors, Is.EqualTo("qemu-l2tp: " + check));
        Assert.That(Run(1, "-netdev", Netdev(id)).Errors, Does.Contain($"' is too long\nIt is made of the runtime directory {FileName("qemu-l2tp")} and the id").And.Not.Contain("addr.path"));

        string fits = new('a', room);
        Write("b.conf", Netdev(fits));
        Assert.That(Run(0, "check", FileName("b.conf")).Errors, Is.Empty);
        Assert.That(Start("--config", FileName("b.conf")).UntilReady().Terminate(), Is.Zero);
    }

    [Test]
    public void A_runtime_directory_that_is_too_long_is_the_mistake()
    {
        Variables["XDG_RUNTIME_DIR"] = FileName(new string('d', 110));
        Write("a.conf", Netdev("b"));
        Assert.That(Run(1, "check", FileName("a.conf")).Errors, Does.Contain("shorten the directory (XDG_RUNTIME_DIR)"));
    }

    [Test]
    public void Without_a_file_the_usage_is_wrong() => Assert.That(Run(2, "check").Errors, Does.StartWith("qemu-l2tp: no configuration file: qemu-l2tp check FILE\n"));

    [TestCase("none")]
    [TestCase("")]
    public void A_file_that_is_not_there_is_told(string name)
    {
        Assert.That(Run(1, "check", "--", name).Errors, Does.StartWith($"{name}: error: {name} cannot be read: "));
        Assert.That(Run(1, $"--config={name}").Errors, Does.StartWith($"qemu-l2tp: {name}: error: {name} cannot be read: "));
    }

    [Test]
    public void What_cannot_be_opened_is_told_with_its_line()
    {
        Write("a.conf", $"# x\n{Netdev("a").Replace("src=127.", "src=8.", StringComparison.Ordinal)},x-wait=off\n");
        Assert.That(Run(1, "--config", FileName("a.conf")).Errors, Does.StartWith($"qemu-l2tp: {FileName("a.conf")}:2: l2tpv3,id=a,").And.Contain(": could not bind socket err=99\n"));
    }

    [TestCase("src=300.1.1.1", "could not resolve src, errno = Name or service not known")]
    [TestCase("dst=", "could not resolve dst, error = Name or service not known")]
    [TestCase("dst=::1", "could not resolve dst, error = Address family for hostname not supported")]
    [TestCase("srcport=0x6a5", "could not resolve src, errno = Servname not supported for ai_socktype")]
    [TestCase("dstport=foo", "could not resolve dst, error = Servname not supported for ai_socktype")]
    public void What_no_network_mends_is_a_mistake_for_check_and_at_the_start(string option, string message)
    {
        Write("a.conf", $"{Netdev("a")},{option}\n");
        string check = Run(1, "check", FileName("a.conf")).Errors;
        Assert.That(check, Does.StartWith($"{FileName("a.conf")}:1:1: error: {message}\n").And.Contain(option));
        Assert.That(Run(1, "--config", FileName("a.conf")).Errors, Is.EqualTo("qemu-l2tp: " + check));
        Assert.That(Run(1, "-netdev", $"{Netdev("a")},{option}").Errors, Does.Contain($": {message}\n"));
    }

    [Test]
    public void One_that_cannot_be_opened_now_keeps_none_of_the_others_down_and_the_next_reload_tries_it_again()
    {
        L2tpv3Options options = Loopback.NewOptions();
        Write("a.conf", $"{Netdev(options, "late")}\n{Netdev("a")}\n{Netdev("b")}\n");
        ProgramProcess process;
        using (Loopback.Udp(Loopback.SourceOf(options)))
            process = Start("--config", FileName("a.conf")).UntilReady(2);
        Assert.That(process.Errors, Does.Contain($"{FileName("a.conf")}:1: ").And.Contain("could not bind socket err=98").And.Contain("1 of 3 pseudowires are not open; SIGHUP tries them again"));
        process.Signal(ProgramProcess.SigHangUp);
        process.Until(() => process.Errors.Contains("2 unchanged, 0 closed, 1 opened", StringComparison.Ordinal), "the reload");
        Assert.That(process.Terminate(), Is.Zero);
    }

    [Test]
    public void A_start_of_which_nothing_can_be_opened_fails()
    {
        L2tpv3Options options = Loopback.NewOptions();
        Write("a.conf", $"{Netdev(options, "a")}\n{Netdev("b").Replace("src=127.", "src=8.", StringComparison.Ordinal)},x-wait=off\n");
        using (Loopback.Udp(Loopback.SourceOf(options)))
            Assert.That(Run(1, "--config", FileName("a.conf")).Errors, Does.Contain("err=98").And.Contain("err=99").And.EndWith($"qemu-l2tp: none of the 2 pseudowires of {FileName("a.conf")} can be opened now\nChange what is told above, in the files of --config or on this host, and start again.\n"));
    }

    [Test]
    public void A_file_goes_together_with_the_command_line()
    {
        Write("a.conf", Netdev("a"));
        ProgramProcess process = Start("--config", FileName("a.conf"), "-netdev", Netdev("b")).UntilReady(2);
        Assert.That(process.Terminate(), Is.Zero);
        Assert.That(process.Output.Split('\n')[..2], Has.One.Contains("id=a,").And.One.Contains("id=b,"));
        Write("a.conf", Netdev("b"));
        Assert.That(Run(1, "--config", FileName("a.conf"), "-netdev", Netdev("b")).Errors, Does.Contain($"{FileName("a.conf")}:1: ").And.Contain(": Duplicate ID 'b' for netdev\n"));
    }

    private void Write(string name, string text) => File.WriteAllText(FileName(name), text);
}
