using QemuL2tp.Tests.TestSupport;

namespace QemuL2tp.Tests.Cli.Exec;

internal sealed class DryRunTests : ExecTest
{
    private readonly string _netdev = Netdev("a");

    [TestCase("-netdev", "NETDEV,txsesion=1", "Invalid parameter 'txsesion'\nThere is no option 'txsesion' here; did you mean 'txsession'?")]
    [TestCase("-netdev", "l2tpv3,id=a,src=127.0.0.1,dst=127.0.0.2,txsesion=1", "Parameter 'txsession' is missing\nThere is no option 'txsesion' here; did you mean 'txsession'?")]
    [TestCase("-netdev", "l2tvp3,id=a", "Parameter 'type' does not accept value 'l2tvp3'")]
    [TestCase("-netdev", "{'type':'l2tpv3'", "JSON parse error, premature EOI")]
    [TestCase("-netdev", "l2tpv3,id=a,src=192.0.2.9,dst=127.0.0.2,udp=on,srcport=1,dstport=2,txsession=1", "could not bind socket err=99\nsrc=192.0.2.9 is not an address of this host")]
    [TestCase("-netdev", "NETDEV -netdev SECOND", "is that of the pseudowire 'a', which has the same src")]
    [TestCase("-netdev", "NETDEV -netdev l2tpv3,id=a,src=127.0.0.1,dst=127.0.0.2,udp=on,srcport=0,dstport=2,txsession=1", "Duplicate ID 'a' for netdev")]
    [TestCase("-netdev", "NETDEV,counter=on,x-seq=rfc3931,x-seq-file=DIRECTORY/link", "DIRECTORY/link is a symbolic link")]
    [TestCase("-netdev", "NETDEV,counter=on,x-seq=rfc3931,x-seq-file=DIRECTORY/other", "DIRECTORY/other is not a sequence file")]
    [TestCase("--pid-file", "/no/such/directory/pid", "--pid-file /no/such/directory/pid cannot be written: No such file or directory")]
    [TestCase("--pid-file", "DIRECTORY", "--pid-file DIRECTORY cannot be written: Is a directory")]
    [TestCase("--qmp", "unix:/no/such/directory/qmp,server=on", "--qmp unix:/no/such/directory/qmp,server=on: Failed to bind socket to /no/such/directory/qmp: No such file or directory")]
    [TestCase("--qmp", "unix:DIRECTORY/other,server=on", "a file that is not a socket is there")]
    public void A_mistake_that_the_run_would_find_is_found_and_changes_nothing(string option, string value, string message)
    {
        File.WriteAllText(FileName("other"), "precious");
        File.CreateSymbolicLink(FileName("link"), FileName("other"));
        string Filled(string text) => text.Replace("NETDEV", _netdev, StringComparison.Ordinal).Replace("SECOND", _netdev.Replace("id=a", "id=b", StringComparison.Ordinal), StringComparison.Ordinal).Replace("DIRECTORY", FileName("").TrimEnd('/'), StringComparison.Ordinal);
        string[] words = Filled(value).Split(' ');
        string[] arguments = option == "-netdev" ? ["exec", "--dry-run", "--", FakeQemu, option, .. words] : ["exec", "--dry-run", option, .. words, "--", FakeQemu, "-netdev", _netdev];
        string[] before = Directory.GetFileSystemEntries(FileName(""));

        ProgramProcess process = Run(1, arguments);

        Assert.That(process.Errors, Does.Contain(Filled(message)));
        Assert.That(process.Output, Is.Empty);
        Assert.That(Directory.GetFileSystemEntries(FileName("")), Is.EquivalentTo(before));
        Assert.That(File.ReadAllText(FileName("other")), Is.EqualTo("precious"));
    }

    [Test]
    public void Info_says_which_front_end_it_is_and_what_would_be_faster()
    {
        ProgramProcess process = Run(0, "exec", "--dry-run", "--log-level", "info", "--", FakeQemu, "-netdev", _netdev, "-device", "e1000,netdev=a");

        Assert.That(process.Errors, Is.EqualTo($"qemu-l2tp: -netdev {_netdev}: a socket (stream) takes its place, for its NIC is e1000; vhost-user would be faster: write virtio-net-pci for its NIC, and --frontend vhost-user\n"));
    }

    [Test]
    public void A_stream_where_one_option_would_make_it_vhost_user_is_told_without_asking()
    {
        string[] qemu = ["--", FakeQemu, "-netdev", _netdev, "-device", "virtio-net-pci,netdev=a", "-accel", "kvm"];

        Assert.That(
            Run(0, ["exec", "--dry-run", .. qemu]).Errors,
            Is.EqualTo($"qemu-l2tp: warning: -netdev {_netdev}: a socket (stream) takes its place, for the guest's memory is not shared; vhost-user would be faster: write --frontend vhost-user, which shares it\n"));
        Assert.That(Run(0, ["exec", "--dry-run", "--frontend", "stream", .. qemu]).Errors, Is.Empty, "that was asked for");
        Assert.That(Run(0, ["exec", "--dry-run", "--", FakeQemu, "-netdev", _netdev, "-device", "e1000,netdev=a"]).Errors, Is.Empty, "no option does it");
    }

    [Test]
    public void A_QEMU_that_could_not_be_started_is_found_too()
    {
        string script = FileName("script");
        File.WriteAllText(script, "#!/no/such/interpreter -x\n");
        File.SetUnixFileMode(script, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        foreach (string[] arguments in new string[][] { ["-S"], ["-netdev", _netdev] })
        {
            Assert.That(Run(127, ["exec", "--dry-run", "--", "no-such-qemu", .. arguments]).Errors, Does.StartWith("qemu-l2tp: no-such-qemu is not in PATH\n"));
            Assert.That(Run(127, ["exec", "--dry-run", "--", script, .. arguments]).Errors, Does.StartWith($"qemu-l2tp: {script}: /no/such/interpreter, the interpreter of this script, does not exist\n"));
        }
    }

    [Test]
    public void Two_command_lines_are_printed_and_nothing_is_started()
    {
        ProgramProcess process = Run(0, "exec", "--dry-run", "--log-level=info", "--threads", "2", "--", FakeQemu, "-name", "it's a vm", "-netdev", _netdev);

        string[] lines = process.Output.Split('\n');
        Assert.That(lines, Has.Length.EqualTo(3));
        Assert.That(lines[0], Does.Match($"^{ProgramProcess.Path} -netdev {_netdev} --frontend stream,id=a,addr.type=fd,addr.str=[0-9]+ --log-level info --threads 2 --ready-fd [0-9]+ --exit-fd [0-9]+$"));
        Assert.That(lines[1], Does.Match($@"^{FakeQemu} -name 'it'\\''s a vm' -netdev stream,id=a,server=off,addr.type=fd,addr.str=[0-9]+$"));
        Assert.That(HasFact("id"), Is.False);
    }

    [Test]
    public void What_is_printed_can_be_run_by_a_shell()
    {
        ProgramProcess process = Run(0, "exec", "--dry-run", "--", FakeQemu, "-name", "it's $HOME `a` é", "", "-S");
        StartCommand("/bin/sh", "-c", process.Output).WaitForExit();

        Assert.That(Arguments(), Is.EqualTo(new[] { "-name", "it's $HOME `a` é", "", "-S" }));
    }

    [Test]
    public void Vhost_user_is_connected_by_a_path_that_names_a_descriptor()
    {
        ProgramProcess process = Run(0, "exec", "--dry-run", "--frontend", "vhost-user", "--", FakeQemu, "-m", "1G", "-netdev", _netdev, "-device", "virtio-net-pci,netdev=a");

        Assert.That(process.Output.Split('\n')[0], Does.Match("--frontend vhost-user,id=a,fd=[0-9]+,server=on "));
        Assert.That(process.Output.Split('\n')[1], Does.Match("-chardev socket,id=qemu-l2tp-a,path=/proc/self/fd/[0-9]+ -netdev vhost-user,id=a,chardev=qemu-l2tp-a -device"));
        Assert.That(Directory.GetFileSystemEntries(FileName("tmp")), Is.Empty);
    }

    [Test]
    public void The_version_of_QEMU_decides()
    {
        Variables["FAKE_VERSION"] = "7.1.0";

        Assert.That(Run(0, "exec", "--dry-run", "--", FakeQemu, "-netdev", _netdev).Output, Does.Match("-netdev socket,id=a,fd=[0-9]+\n$"));
    }

    [Test]
    public void Without_QEMU_the_usage_is_wrong()
    {
        foreach (string[] none in new string[][] { ["exec"], ["exec", "--"], ["exec", "--dry-run", "--"] })
            Assert.That(Run(2, none).Errors, Does.StartWith("qemu-l2tp: no QEMU: write its command line behind --"));
        Assert.That(Run(2, "exec", "--frontend", "tap", "--", "q").Errors, Does.StartWith("qemu-l2tp: --frontend 'tap' is not understood: write auto, stream or vhost-user"));
        Assert.That(Run(2, "exec", "-m", "1G", "--", "q").Errors, Does.StartWith("qemu-l2tp: unknown option -m: in front of -- are those of exec; QEMU's stand behind its name, as in exec -- qemu-system-x86_64 -m ..."));
        Assert.That(Run(2, "exec", "q", "--dry-run").Errors, Does.StartWith("qemu-l2tp: --dry-run is an option of exec: write it in front of QEMU's name"));
        Assert.That(Run(2, "exec", "q", "--", "-S").Errors, Does.StartWith("qemu-l2tp: -- stands behind QEMU's name: write it in front"));
        Assert.That(Run(2, "exec", "--one-off", "--", "q").Errors, Does.StartWith("qemu-l2tp: unknown option --one-off"));
    }

    [TestCase("--front-end", "stream")]
    [TestCase("--front-end=stream")]
    [TestCase("-front-end", "stream")]
    public void Another_spelling_of_the_front_end_is_refused_with_the_right_one(params string[] option) =>
        Assert.That(Run(2, ["exec", .. option, "--", "q"]).Errors, Does.StartWith($"qemu-l2tp: unknown option {option[0].Split('=')[0]}; did you mean --frontend?\n"));

    [Test]
    public void A_refusal_names_the_option() =>
        Assert.That(
            Run(1, "exec", "--frontend=vhost-user", "--", FakeQemu, "-netdev", "l2tpv3,id=é", "-device", "e1000,netdev=é").Errors,
            Is.EqualTo("qemu-l2tp: --frontend vhost-user: -netdev l2tpv3,id=é: its NIC is e1000\nvhost-user needs a virtio-net NIC: write virtio-net-pci, or leave out --frontend vhost-user.\n"));
}
