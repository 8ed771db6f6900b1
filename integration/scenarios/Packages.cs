using QemuL2tp.Integration.Peers;

namespace QemuL2tp.Integration.Scenarios;

/// <summary>
/// The Debian package on a machine without .NET: installed, run by its units in their sandbox, and purged. One machine for all,
/// in this order.
/// </summary>
[TestFixture]
public sealed class Packages
{
    private const string Files = "find / -xdev -not -type d -printf '%p %l\\n' | grep -v -E '^/(proc|sys|dev|run|tmp|var/(cache|log|lib/(dpkg|systemd)|tmp))/' | LC_ALL=C sort";
    private Container? _machine;
    private string _before = "";

    [OneTimeSetUp]
    public void Boot()
    {
        Lab.NeedsQemuL2tp();
        _machine = Container.Boot();
        _before = _machine.Run(Files);
        File.Copy(Settings.DebianPackage, Path.Combine(_machine.Root, "root/qemu-l2tp.deb"));
    }

    [OneTimeTearDown]
    public void Halt() => _machine?.Dispose();

    [Test, Order(1)]
    public void The_single_file_runs_without_dotnet()
    {
        File.Copy(Settings.SingleFile, Path.Combine(_machine!.Root, "root/qemu-l2tp"));
        Assert.That(_machine.Run("! command -v dotnet; /root/qemu-l2tp --version; rm /root/qemu-l2tp"), Does.StartWith("qemu-l2tp "));
    }

    [Test, Order(2)]
    public void The_same_sources_make_the_same_package()
    {
        byte[] first = File.ReadAllBytes(Settings.DebianPackage);
        Child.Shell($"{Settings.Sources}/qemu-scripts/build-deb", minutes: 20);
        Assert.That(File.ReadAllBytes(Settings.DebianPackage), Is.EqualTo(first));
    }

    [Test, Order(3)]
    public void It_is_installed_twice_and_its_manual_is_there()
    {
        _machine!.Run("dpkg --install /root/qemu-l2tp.deb; dpkg --install /root/qemu-l2tp.deb; dpkg --verify qemu-l2tp");
        Assert.That(_machine.Run("qemu-l2tp --version; zcat /usr/share/man/man1/qemu-l2tp.1.gz | head -n 1"), Does.Match(@"qemu-l2tp [0-9.]+\n\.TH QEMU"));
    }

    [Test, Order(4)]
    public void The_units_are_valid_and_their_sandbox_scores_below_2_5()
    {
        // The manual page would need man-db, which is not there.
        string complaints = _machine!.Run("systemd-analyze verify --man=no qemu-l2tp@lab.service qemu-l2tp@lab.socket 2>&1");
        // systemd before 254 does not know what makes the pause between two starts grow, and goes on without it.
        string[] others = [.. complaints.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(line => !line.Contains("'RestartSteps'") && !line.Contains("'RestartMaxDelaySec'"))];
        Assert.That(others, Is.Empty);
        string score = _machine.Run("systemd-analyze security --no-pager --offline=true --threshold=25 /lib/systemd/system/qemu-l2tp@.service");
        TestContext.Out.WriteLine(score.TrimEnd().Split('\n')[^1]);
    }

    [Test, Order(5)]
    public void The_service_carries_frames_in_its_sandbox_and_reloads()
    {
        Configure("lab", "a", "b", "-netdev l2tpv3,id=raw,src=127.0.0.1,dst=127.0.0.2,txsession=3");
        _machine!.Run("qemu-l2tp check /etc/qemu-l2tp/lab.conf; systemctl start qemu-l2tp@lab");
        using var a = new StreamClient(_machine.PathOf("/run/qemu-l2tp/lab/a.sock"));
        using var b = new StreamClient(_machine.PathOf("/run/qemu-l2tp/lab/b.sock"));
        ExpectFrames(a, b);
        // CAP_NET_RAW alone, and a filter of system calls.
        Assert.That(_machine.Run("grep -E '^(CapEff|Seccomp):' /proc/$(systemctl show -P MainPID qemu-l2tp@lab)/status"), Is.EqualTo("CapEff:\t0000000000002000\nSeccomp:\t2\n"));

        Configure("lab", "a", "b", "-netdev l2tpv3,id=new,src=127.0.0.1,dst=127.0.0.2,txsession=4");
        _machine.Run("systemctl reload qemu-l2tp@lab");
        Until.True(() => File.Exists(_machine.PathOf("/run/qemu-l2tp/lab/new.sock")), "the new pseudowire listens");
        ExpectFrames(a, b);
    }

    [Test, Order(6)]
    public void A_connection_to_the_socket_unit_starts_the_service()
    {
        Configure("vm", "vm", "far");
        _machine!.Run("systemctl start qemu-l2tp@vm.socket");
        Assert.That(_machine.Run("systemctl is-active qemu-l2tp@vm.service || true"), Is.EqualTo("inactive\n"));
        using var near = new StreamClient(_machine.PathOf("/run/qemu-l2tp/vm.sock"));
        Until.True(() => File.Exists(_machine.PathOf("/run/qemu-l2tp/vm/far.sock")), "the service listens");
        using var far = new StreamClient(_machine.PathOf("/run/qemu-l2tp/vm/far.sock"));
        ExpectFrames(near, far);
    }

    [Test, Order(7)]
    public void Purged_it_leaves_nothing_behind()
    {
        _machine!.Run("systemctl enable qemu-l2tp@lab qemu-l2tp@vm.socket; rm /etc/qemu-l2tp/lab.conf /etc/qemu-l2tp/vm.conf; dpkg --purge qemu-l2tp; rm /root/qemu-l2tp.deb");
        Assert.That(_machine.Run(Files), Is.EqualTo(_before));
        Assert.That(_machine.Run("ls -d /etc/qemu-l2tp /var/lib/qemu-l2tp /run/qemu-l2tp 2>/dev/null || true; systemctl list-units --all --plain --no-legend 'qemu-l2tp*'"), Is.Empty);
    }

    /// <summary>Two pseudowires on the loopback, each the other's peer.</summary>
    private void Configure(string instance, string one, string other, string more = "")
    {
        int port = instance == "lab" ? 17001 : 17003;
        File.WriteAllText(Path.Combine(_machine!.Root, $"etc/qemu-l2tp/{instance}.conf"), $"""
            # Both ends.
            -netdev l2tpv3,id={one},src=127.0.0.1,dst=127.0.0.2,udp=on,srcport={port},dstport={port + 1},txsession=1,rxsession=2
            l2tpv3,id={other},src=127.0.0.2,dst=127.0.0.1,udp=on,srcport={port + 1},dstport={port},txsession=2,rxsession=1
            {more}
            """);
    }

    private static void ExpectFrames(StreamClient one, StreamClient other)
    {
        byte[] frame = [.. Enumerable.Range(0, 100).Select(i => (byte)i)];
        one.Send(frame);
        Assert.That(other.Receive(), Is.EqualTo(frame));
        other.Send(frame);
        Assert.That(one.Receive(), Is.EqualTo(frame));
    }
}
