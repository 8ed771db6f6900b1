using QemuL2tp.Integration.Peers;

namespace QemuL2tp.Integration.Scenarios;

/// <summary>Addresses, links and names that come later, or go and come back. Both ends are qemu-l2tp, in two network namespaces with a link of their own; the harness plays QEMU.</summary>
[TestFixture]
public sealed class LateAddresses
{
    private const string Link = "late0";
    private const string Far = "10.9.0.2";
    private const string OtherFar = "10.9.0.6";

    /// <summary>For a frame that comes after a minute of silence.</summary>
    private const int LongPatience = 300_000;

    [SetUp]
    public void Make_the_link()
    {
        Lab.NeedsQemuL2tp();
        Lab.NeedsNetwork();
        Child.Shell($"""
            ip link add {Link} type veth peer name {Link} netns {HostNetwork.FarNamespace}
            ip link set {Link} up
            ip -n {HostNetwork.FarNamespace} link set {Link} up
            ip -n {HostNetwork.FarNamespace} address add {Far}/24 dev {Link}
            ip -n {HostNetwork.FarNamespace} address add {OtherFar}/24 dev {Link}
            ip -n {HostNetwork.FarNamespace} address add fd09::2/64 dev {Link} nodad
            """);
    }

    [TearDown]
    public void Remove_the_link() => Child.Shell($"ip link del {Link}");

    [Test]
    public void On_the_command_line_a_tentative_address_is_waited_for()
    {
        using Child far = StartFar("tentative-far", "src=fd09::2,dst=fd09::1,ipv6=on");
        // Two seconds of duplicate address detection.
        Child.Shell($"""
            sysctl -qw net.ipv6.conf.{Link}.dad_transmits=2
            ip address add fd09::1/64 dev {Link}
            """);
        using Child near = Child.Start("tentative", Settings.Program, ["-netdev", Near("src=fd09::1,dst=fd09::2,ipv6=on"), "--frontend", Frontend("tentative")]);
        near.UntilReady();
        ExpectFrames("tentative", "tentative-far");
    }

    [Test]
    public void From_a_file_an_address_that_comes_later_is_waited_for()
    {
        using Child far = StartFar("later-far", $"src={Far},dst=10.9.0.1");
        using Child near = StartFromFile("later", $"src=10.9.0.1,dst={Far}");
        near.UntilReady();
        Until.True(() => near.Error.Contains("waiting, and dropping frames", StringComparison.Ordinal), () => $"it says so: {near.Error}");
        Child.Shell($"ip address add 10.9.0.1/24 dev {Link}");
        ExpectFrames("later", "later-far");
        Assert.That(near.Error.Split("waiting, and dropping frames"), Has.Length.EqualTo(2), "told once");
    }

    [Test]
    public void A_link_and_an_address_that_go_and_come_under_load_are_survived()
    {
        Child.Shell($"ip address add 10.9.0.1/24 dev {Link}");
        using Child far = StartFar("load-far", $"src={Far},dst=10.9.0.1");
        using Child near = StartFromFile("load", $"src=10.9.0.1,dst={Far}");
        near.UntilReady();
        using var ours = new StreamClient(SocketOf("load"));
        bool isOver = false;
        var load = new Thread(() =>
        {
            while (!Volatile.Read(ref isOver))
                ours.Send(Frame(1));
        });
        load.Start();
        using (var theirs = new StreamClient(SocketOf("load-far")))
        {
            foreach (string change in new[] { $"link set {Link} down|link set {Link} up", $"address del 10.9.0.1/24 dev {Link}|address add 10.9.0.1/24 dev {Link}" })
            {
                string[] both = change.Split('|');
                for (int i = 0; i < 3; i++)
                {
                    Receive(theirs, 1000);
                    Child.Shell($"ip {both[0]}");
                    Child.Shell($"ip {both[1]}");
                }
            }

            Receive(theirs, 1000);
            Volatile.Write(ref isOver, true);
            load.Join();
        }

        Assert.That(near.Error, Does.Not.Contain("the kernel refuses"));
    }

    [Test]
    public void From_a_file_a_name_that_resolves_later_is_waited_for()
    {
        Child.Shell($"ip address add 10.9.0.1/24 dev {Link}");
        using var hosts = new Hosts("");
        using Child far = StartFar("name-far", $"src={Far},dst=10.9.0.1");
        using Child near = StartFromFile("name", "src=10.9.0.1,dst=far.example");
        near.UntilReady();
        hosts.Write($"{Far} far.example");
        ExpectFrames("name", "name-far");
    }

    [Test]
    public void A_peer_whose_name_gets_another_address_is_found_there()
    {
        Child.Shell($"ip address add 10.9.0.1/24 dev {Link}");
        using var hosts = new Hosts($"{Far} far.example");
        using Child near = Child.Start("moving", Settings.Program, ["-netdev", Near("src=10.9.0.1,dst=far.example"), "--frontend", Frontend("moving")]);
        near.UntilReady();
        using (Child far = StartFar("moving-far", $"src={Far},dst=10.9.0.1"))
            ExpectFrames("moving", "moving-far");
        hosts.Write($"{OtherFar} far.example");
        using Child moved = StartFar("moved-far", $"src={OtherFar},dst=10.9.0.1");
        ExpectFrames("moving", "moved-far", TimeSpan.FromMilliseconds(LongPatience));
    }

    private static string Near(string addresses) => $"l2tpv3,id=late,{addresses},udp=on,srcport=21900,dstport=31900,txsession=2900,rxsession=1900";

    private static string SocketOf(string name) => Path.Combine(Settings.RunDirectory, $"{name}.sock");

    private static string Frontend(string name) => $"stream,server=on,addr.type=unix,addr.path={SocketOf(name)}";

    private static Child StartFar(string name, string addresses)
    {
        Child far = Child.Start(
            name,
            Settings.Program,
            ["-netdev", $"l2tpv3,id=late,{addresses},udp=on,srcport=31900,dstport=21900,txsession=1900,rxsession=2900", "--frontend", Frontend(name)],
            HostNetwork.FarNamespace);
        far.UntilReady();
        return far;
    }

    private static Child StartFromFile(string name, string addresses)
    {
        string file = Path.Combine(Settings.RunDirectory, $"{name}.conf");
        File.WriteAllLines(file, [$"netdev {Near(addresses)}", $"frontend {Frontend(name)}"]);
        return Child.Start(name, Settings.Program, ["--config", file]);
    }

    private static byte[] Frame(byte mark)
    {
        byte[] frame = new byte[1000];
        frame[12] = mark;
        return frame;
    }

    /// <summary>Frames both ways, once they get through.</summary>
    private static void ExpectFrames(string near, string far, TimeSpan patience = default)
    {
        using var ours = new StreamClient(SocketOf(near));
        using var theirs = new StreamClient(SocketOf(far), LongPatience);
        Task<byte[]?> arrival = Task.Run(() => theirs.Receive());
        Until.True(
            () =>
            {
                ours.Send(Frame(1));
                theirs.Send(Frame(2));
                return arrival.Wait(TimeSpan.FromMilliseconds(100));
            },
            patience,
            "a frame arrives");
        Assert.That(arrival.Result, Is.EqualTo(Frame(1)));
        Assert.That(ours.Receive(), Is.EqualTo(Frame(2)));
    }

    private static void Receive(StreamClient client, int frames)
    {
        for (int i = 0; i < frames; i++)
            Assert.That(client.Receive(), Is.EqualTo(Frame(1)));
    }

    /// <summary>An <c>/etc/hosts</c> of this scenario's own, in the run's own mounts.</summary>
    private sealed class Hosts : IDisposable
    {
        private readonly string _file = Path.Combine(Settings.RunDirectory, "hosts");

        public Hosts(string line)
        {
            Write(line);
            Child.Shell($"mount --bind {_file} /etc/hosts");
        }

        public void Write(string line) => File.WriteAllText(_file, $"127.0.0.1 localhost\n{line}\n");

        public void Dispose() => Child.Shell("umount /etc/hosts");
    }
}
