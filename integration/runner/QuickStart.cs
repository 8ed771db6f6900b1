using System.Diagnostics;
using System.Globalization;
using QemuL2tp.Integration.Peers;

namespace QemuL2tp.Integration.Runner;

/// <summary>The example of QEMU's manual, shown step by step: guest, qemu-l2tp, Linux peer, replies.</summary>
internal static class QuickStart
{
    private const string Netdev =
        "l2tpv3,id=net0,src=10.0.0.1,dst=10.0.0.2,udp=on,srcport=16384,dstport=16384,rxsession=0xffffffff,txsession=0xffffffff,counter=on";

    private static readonly string[] s_peerCommands =
    [
        "ip l2tp add tunnel tunnel_id 1 peer_tunnel_id 1 local 10.0.0.2 remote 10.0.0.1 encap udp udp_sport 16384 udp_dport 16384",
        "ip l2tp add session name vmtunnel0 tunnel_id 1 session_id 0xffffffff peer_session_id 0xffffffff",
        "ip link set vmtunnel0 mtu 1500 up",
        "ip address add 192.168.1.2/24 dev vmtunnel0",
    ];

    /// <summary>Answers the exit status: 0 when every ping was answered.</summary>
    public static int Run()
    {
        // Clock: it is printed.
        var watch = Stopwatch.StartNew();
        HostNetwork.Build();
        using Vm peer = LinuxPeer.Boot();

        string socket = Path.Combine(Settings.RunDirectory, "net0.sock");
        string frontend = $"stream,server=on,addr.type=unix,addr.path={socket}";
        Say("Starting the back end", "host $", $"qemu-l2tp -netdev {Netdev} --frontend {frontend}");
        using var backEnd = Child.Start("qemu-l2tp", Settings.Program, ["-netdev", Netdev, "--frontend", frontend]);
        Until.True(() => !backEnd.Running || (File.Exists(socket) && backEnd.Output.Length > 0), "qemu-l2tp is ready");
        if (!backEnd.Running)
        {
            Console.WriteLine(backEnd.Error);
            return 1;
        }

        Say("Booting the guest and the Linux peer, in QEMU without KVM: some ten seconds");
        using var guest = new Vm(
            "guest",
            Settings.Qemu,
            ["-netdev", $"stream,id=net0,server=off,addr.type=unix,addr.path={socket}", .. Vm.Nic(position: 0, machine: 1, number: 0, "net0")]);
        LinuxPeer.Configure(peer, []);
        Say("Making the far end, as on any Linux host", "peer #", s_peerCommands);
        peer.Run(string.Join(" && ", s_peerCommands));
        guest.Run("ip address add 192.168.1.1/24 dev nic0 && ip link set nic0 up");

        bool good = PingAndShow(guest, "ping -c 5 192.168.1.2");
        good &= PingAndShow(guest, "ping -c 5 -s 1472 192.168.1.2");

        Say("What qemu-l2tp counted (kill -USR1 prints it at any time)");
        int before = backEnd.Error.Length;
        backEnd.Signal(Signals.Usr1);
        Until.True(() => backEnd.Error[before..].Contains("tunnel to guest", StringComparison.Ordinal), "statistics");
        Show(backEnd.Error[before..]);
        Say("What to paste into the QEMU command line of a guest of yours, as qemu-l2tp prints it");
        Show(backEnd.Output);
        Console.WriteLine();
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{(good ? "It works: every ping was answered" : "FAILED: not every ping was answered")} ({watch.Elapsed.TotalSeconds:0} s). Everything that was started is gone again."));
        return good ? 0 : 1;
    }

    private static bool PingAndShow(Vm guest, string command)
    {
        Say("Pinging the peer from the guest", "guest #", command);
        string output = guest.Try(command).Output;
        Show(output);
        (int sent, int received) = Ping.Parse(output);
        return received == sent;
    }

    private static void Say(string what, string prompt = "", params string[] commands)
    {
        Console.WriteLine();
        Console.WriteLine($"==> {what}");
        foreach (string command in commands)
        {
            Console.WriteLine($"    {prompt} {command}");
        }
    }

    private static void Show(string text) => Console.WriteLine("    " + text.Trim().ReplaceLineEndings("\n    "));
}
