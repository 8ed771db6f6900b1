using System.Diagnostics;
using System.Globalization;
using QemuL2tp.Integration.Peers;

namespace QemuL2tp.Integration.Scenarios;

/// <summary>A hundred pseudowires in one process, and sockets that systemd passes. The harness plays QEMU and the far ends.</summary>
[TestFixture]
public sealed class ManyPseudowires
{
    private const int Count = 100;
    private const int MostKibibytes = 150 * 1024;

    [SetUp]
    public void Only_for_qemu_l2tp() => Lab.NeedsQemuL2tp();

    [Test]
    public void A_hundred_of_one_file_stay_below_150_MiB()
    {
        Wire[] wires = [.. Enumerable.Range(600, Count).Select(UdpFarEnd.WireOf)];
        string file = Path.Combine(Settings.RunDirectory, "hundred.conf");
        File.WriteAllLines(file, wires.SelectMany(wire => new[] { $"netdev {wire.Netdev}", $"frontend stream,id={wire.Id},addr.type=unix,addr.path={SocketOf(wire)}" }));
        // Clock: it is printed.
        long start = Stopwatch.GetTimestamp();
        using Child program = Child.Start("hundred-pseudowires", Settings.Program, ["--config", file, "--log-level", "warning"]);
        Until.True(() => program.Output.Count(c => c == '\n') == Count || !program.Running, () => $"ready: {program.Error}");
        double ready = Stopwatch.GetElapsedTime(start).TotalMilliseconds;

        StreamClient[] guests = [.. wires.Select(wire => new StreamClient(SocketOf(wire)))];
        UdpFarEnd[] ends = [.. wires.Select(wire => new UdpFarEnd(wire))];
        for (int round = 0; round < 10; round++)
        {
            for (int i = 0; i < Count; i++)
            {
                byte[] frame = new byte[1000 + i];
                frame[12] = (byte)round;
                guests[i].Send(frame);
                Assert.That(ends[i].Receive(), Is.EqualTo(frame));
                ends[i].Send(frame);
                Assert.That(guests[i].Receive(), Is.EqualTo(frame));
            }
        }

        // As much as can wait, in the largest messages there are, for guests that take nothing; all at once for a program that the machine held up.
        byte[] bulk = new byte[1000];
        program.Signal(Signals.Stop);
        for (int message = 0; message < 64; message++)
            Array.ForEach(ends, end => end.SendSegmented(bulk, times: 64));
        program.Signal(Signals.Continue);
        // Until it has taken what it can.
        Until.Settled(() => StatusOf(program.Id)["VmHWM"]);
        Dictionary<string, int> status = StatusOf(program.Id);
        string workers = string.Join(", ", Directory.GetDirectories($"/proc/{program.Id}/task").Select(task => File.ReadAllText(Path.Combine(task, "comm")).Trim()).Where(name => name.StartsWith("l2tp", StringComparison.Ordinal)).Order());
        TestContext.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"ready after {ready:0} ms; at most {status["VmHWM"] / 1024} MiB resident; {status["Threads"]} threads, of which {workers} carry frames"));
        Array.ForEach(guests, guest => guest.Dispose());
        Array.ForEach(ends, end => end.Dispose());
        using (Assert.EnterMultipleScope())
        {
            Assert.That(status["VmHWM"], Is.LessThan(MostKibibytes));
            Assert.That(workers.Split(", "), Has.Length.LessThanOrEqualTo(Environment.ProcessorCount));
        }

        program.Signal(Signals.Term);
        Assert.That(program.WaitForExit() && program.ExitCode == 0, Is.True, program.Error);
        Assert.That(wires.Any(wire => File.Exists(SocketOf(wire))), Is.False);
    }

    [Test]
    public void Systemd_passes_named_sockets()
    {
        Wire[] wires = [UdpFarEnd.WireOf(182), UdpFarEnd.WireOf(183)];
        using var first = new UdpFarEnd(wires[0]);
        using var second = new UdpFarEnd(wires[1]);
        // One is found by the pseudowire's id, the other is named. It starts the program when somebody connects.
        using Child program = Child.Start("activated", "systemd-socket-activate",
        [
            "-l", SocketOf(wires[0]), "-l", SocketOf(wires[1]), $"--fdname={wires[0].Id}:other",
            Settings.Program, "-netdev", wires[0].Netdev, "-netdev", wires[1].Netdev,
            "--frontend", $"stream,id={wires[1].Id},server=on,addr.type=fd,addr.str=other",
        ]);
        Until.True(() => wires.All(wire => UnixListener.IsAt(SocketOf(wire))) || !program.Running, () => $"systemd listens: {program.Error}");
        foreach ((Wire wire, UdpFarEnd far) in wires.Zip([first, second]))
        {
            using var qemu = new StreamClient(SocketOf(wire));
            byte[] frame = new byte[60];
            frame[0] = (byte)wire.Number;
            qemu.Send(frame);
            Assert.That(far.Receive(), Is.EqualTo(frame));
            far.Send(frame);
            Assert.That(qemu.Receive(), Is.EqualTo(frame));
        }

        Assert.That(program.Error, Does.Not.Contain("warning"));
    }

    private static string SocketOf(Wire wire) => Path.Combine(Settings.RunDirectory, $"many-{wire.Id}.sock");

    private static Dictionary<string, int> StatusOf(int process) => File.ReadLines($"/proc/{process}/status")
        .Select(line => line.Split(':', 2))
        .Where(parts => parts[0] is "VmHWM" or "Threads")
        .ToDictionary(parts => parts[0], parts => int.Parse(parts[1].Replace("kB", "", StringComparison.Ordinal), CultureInfo.InvariantCulture));
}
