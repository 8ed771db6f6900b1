using System.Globalization;
using System.Text.RegularExpressions;
using QemuL2tp.Integration.Peers;

namespace QemuL2tp.Integration.Scenarios;

/// <summary>TCP between a real QEMU and us: names, ports, keep-alive, and QEMUs that take the place of one that was killed. No machine is booted.</summary>
[TestFixture]
public sealed partial class FrontEndAddresses
{
    private const int LengthField = 4;
    private const int LoadLength = 1000;
    private const int LoadFrames = 30;
    private const int ProbeLength = 60;
    private const string PortOfTheKernel = "stream,server=on,addr.type=inet,addr.host=127.0.0.1,addr.port=0";
    private static int _number = 260;

    [SetUp]
    public void Only_for_qemu_l2tp() => Lab.NeedsQemuL2tp();

    [Test]
    public void A_QEMU_at_127_0_0_1_alone_is_found_as_localhost()
    {
        (string name, Wire wire) = Next();
        string hosts = Path.Combine(Settings.RunDirectory, $"{name}-hosts");
        File.WriteAllText(hosts, "::1 localhost\n127.0.0.1 localhost\n");
        int port = 24000 + (2 * wire.Number);
        using var far = new UdpFarEnd(wire);
        using var qemu = new QemuHub(name, $"stream,server=on,addr.type=inet,addr.host=127.0.0.1,addr.port={port}");
        using Child hub = Start(qemu, name);
        Until.True(() => qemu.IsUp || !hub.Running, "QEMU is up");

        using Child program = Child.Start(name, "unshare",
        [
            "-m", "sh", "-c", $"mount --bind {hosts} /etc/hosts; exec \"$@\"", "sh",
            Settings.Program, "-netdev", wire.Netdev, "--frontend", $"stream,server=off,addr.type=inet,addr.host=localhost,addr.port={port}",
        ]);

        UntilThrough(qemu, far, hub);
        Until.True(() => program.Error.Contains($"QEMU connected at localhost:{port} (127.0.0.1:{port})", StringComparison.Ordinal), () => $"it says so: {program.Error}");
    }

    [Test]
    public void QEMU_takes_what_is_printed_with_the_port_that_the_kernel_has_chosen_and_both_ends_keep_alive()
    {
        (string name, Wire wire) = Next();
        using var far = new UdpFarEnd(wire);
        using Child program = Listen(name, wire, out string netdev, out int port);
        using var qemu = new QemuHub(name, netdev + ",addr.keep-alive=on");
        using Child hub = Start(qemu, name);

        UntilThrough(qemu, far, hub);

        string[] timers = [];
        Until.True(
            () =>
            {
                timers = Child.Shell($"ss -tnoH state established '( sport = :{port} or dport = :{port} )'").Split('\n', StringSplitOptions.RemoveEmptyEntries);
                return timers.Length == 2 && timers.All(line => line.Contains("timer:(keepalive,", StringComparison.Ordinal));
            },
            () => $"both ends wait to ask the other: {string.Join('\n', timers)}");
    }

    /// <summary>All QEMUs have come, sent and been killed before anything of them was read.</summary>
    [Test]
    public void A_QEMU_killed_under_load_gives_its_place_to_the_next_and_every_frame_is_counted()
    {
        (string name, Wire wire) = Next();
        using var far = new UdpFarEnd(wire);
        using Child program = Listen(name, wire, out string netdev, out int port);
        program.Signal(Signals.Stop);
        Until.True(() => File.ReadAllText($"/proc/{program.Id}/stat").Contains(") T", StringComparison.Ordinal), "the program stands still");
        int frames = 0;
        for (int i = 0; i < 3; i++)
        {
            using var qemu = new QemuHub($"{name}-{i}", netdev);
            using Child hub = Start(qemu, $"{name}-{i}");
            Until.True(() => qemu.IsUp || !hub.Running, "QEMU is up");
            // Until it knows that it is connected QEMU drops what it is to send.
            Until.True(
                () =>
                {
                    qemu.Send(new byte[ProbeLength]);
                    return Unread(port) > 0;
                },
                () => $"QEMU {i} is connected: {hub.Error}");
            for (int n = 0; n < LoadFrames; n++)
                qemu.Send(new byte[LoadLength]);
            // There are as many probes as fit in the queue between harness and QEMU at most, which are less than one frame of the load.
            const int Load = LoadFrames * (LengthField + LoadLength);
            Until.True(() => Unread(port) > Load, () => $"QEMU {i} has sent all: {Unread(port)} bytes are unread");
            frames += LoadFrames + ((Unread(port) - Load) / (LengthField + ProbeLength));
            hub.Kill();
        }

        program.Signal(Signals.Continue);
        Until.True(() => program.Error.Split("QEMU disconnected").Length == 4, () => $"all three have come and gone: {program.Error}");
        program.Signal(Signals.Usr1);
        Until.True(() => program.Error.Contains("QEMU connections: 3, refused: 0", StringComparison.Ordinal), () => $"statistics: {program.Error}");

        Match counts = GuestToTunnel().Match(program.Error);
        int sent = int.Parse(counts.Groups["frames"].Value, CultureInfo.InvariantCulture);
        int dropped = int.Parse(counts.Groups["dropped"].Value, CultureInfo.InvariantCulture);
        int arrived = 0;
        for (; far.HasFrame; arrived++)
            _ = far.Receive();
        Assert.That(sent + dropped, Is.EqualTo(frames), program.Error);
        Assert.That(arrived, Is.EqualTo(sent), program.Error);
    }

    private static (string Name, Wire Wire) Next()
    {
        int number = Interlocked.Increment(ref _number);
        return ($"address{number}", UdpFarEnd.WireOf(number));
    }

    /// <param name="name">Of the process.</param>
    /// <param name="wire">What it serves.</param>
    /// <param name="netdev">What it prints for QEMU, without the id.</param>
    /// <param name="port">Where it listens.</param>
    private static Child Listen(string name, Wire wire, out string netdev, out int port)
    {
        Child program = Child.Start(name, Settings.Program, ["-netdev", wire.Netdev, "--frontend", PortOfTheKernel]);
        Until.True(() => program.Output.Contains("-netdev", StringComparison.Ordinal), () => $"ready: {program.Error}");
        netdev = string.Join(',', program.Output.Split(' ')[1].Split(',').Where(part => !part.StartsWith("id=", StringComparison.Ordinal)));
        port = int.Parse(Port().Match(netdev).Groups[1].Value, CultureInfo.InvariantCulture);
        return program;
    }

    private static Child Start(QemuHub qemu, string name) => Child.Start(name + "-qemu", qemu.Command[0], qemu.Command.Skip(1));

    private static void UntilThrough(QemuHub qemu, UdpFarEnd far, Child hub) =>
        Until.True(
            () =>
            {
                far.Send(new byte[ProbeLength]);
                return qemu.HasFrame;
            },
            () => $"a frame comes through: {hub.Error}");

    /// <summary>Bytes that the established connection at our port has received and nobody has read; that of a killed QEMU is in another state.</summary>
    private static int Unread(int port) => File.ReadLines("/proc/net/tcp")
        .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        .Where(words => words[1].EndsWith($":{port:X4}", StringComparison.Ordinal) && words[3] == "01")
        .Sum(words => int.Parse(words[4].Split(':')[1], NumberStyles.HexNumber, CultureInfo.InvariantCulture));

    [GeneratedRegex("addr.port=([1-9][0-9]*)")]
    private static partial Regex Port();

    [GeneratedRegex("guest to tunnel: (?<frames>[0-9]+) frames, [0-9]+ bytes, (?<dropped>[0-9]+) dropped")]
    private static partial Regex GuestToTunnel();
}
