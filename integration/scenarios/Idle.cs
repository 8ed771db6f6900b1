using System.Globalization;
using QemuL2tp.Integration.Peers;

namespace QemuL2tp.Integration.Scenarios;

/// <summary>Nothing to do means nothing done: while no frame comes, no thread of the program wakes up.</summary>
[TestFixture]
public sealed class Idle
{
    /// <summary>A thread of the .NET runtime, which looks around every ten seconds, whatever the program does.</summary>
    private const string Runtimes = ".NET Finalizer";

    [Test]
    public void No_thread_wakes_up_in_ten_seconds_with_QEMU_connected()
    {
        Lab.NeedsQemuL2tp();
        Wire wire = UdpFarEnd.WireOf(176);
        string socket = Path.Combine(Settings.RunDirectory, "idle.sock");
        using var far = new UdpFarEnd(wire);
        using Child program = Child.Start("idle", Settings.Program, ["-netdev", wire.Netdev, "--frontend", $"stream,server=on,addr.type=unix,addr.path={socket}"]);
        Until.True(() => File.Exists(socket), TimeSpan.FromSeconds(10), $"ready: {program.Error}");
        using var qemu = new QemuHub("idle", $"stream,server=off,addr.type=unix,addr.path={socket}");
        using Child hub = Child.Start("idle-qemu", qemu.Command[0], qemu.Command.Skip(1));
        Until.True(
            () =>
            {
                far.Send(new byte[60]);
                return qemu.IsUp && qemu.HasFrame;
            },
            TimeSpan.FromSeconds(10),
            $"a frame comes through: {hub.Error}");

        // What was called often is compiled in the background, some moments later; on a busy machine much later.
        string[] awake = [];
        for (int attempt = 0; attempt < 3; attempt++)
        {
            Thread.Sleep(TimeSpan.FromSeconds(5));
            awake = AwakeIn(TimeSpan.FromSeconds(10), program.Id);
            if (awake.Length == 0)
                break;
        }

        Assert.That(awake, Is.Empty);
    }

    private static string[] AwakeIn(TimeSpan time, int process)
    {
        Dictionary<string, long> before = Switches(process);
        Thread.Sleep(time);
        Dictionary<string, long> after = Switches(process);
        TestContext.Out.WriteLine($"{after.Count} kinds of threads; the runtime's own woke up {after.GetValueOrDefault(Runtimes) - before.GetValueOrDefault(Runtimes)} times");
        return [.. after.Where(thread => thread.Key != Runtimes && thread.Value != before.GetValueOrDefault(thread.Key)).Select(thread => thread.Key)];
    }

    /// <summary>How often each thread was put on a processor, those with one name together.</summary>
    private static Dictionary<string, long> Switches(int process) => Directory.GetDirectories($"/proc/{process}/task")
        .Select(task => (Name: File.ReadAllText(Path.Combine(task, "comm")).Trim(), Count: SwitchesOf(task)))
        .GroupBy(thread => thread.Name, thread => thread.Count)
        .ToDictionary(group => group.Key, group => group.Sum());

    private static long SwitchesOf(string task) => File.ReadLines(Path.Combine(task, "status"))
        .Where(line => line.Contains("ctxt_switches:", StringComparison.Ordinal))
        .Sum(line => long.Parse(line.Split(':')[1], CultureInfo.InvariantCulture));
}
