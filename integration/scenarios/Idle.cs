using System.Globalization;
using QemuL2tp.Integration.Peers;

namespace QemuL2tp.Integration.Scenarios;

/// <summary>Nothing to do means nothing done: while no frame comes, no worker wakes up.</summary>
[TestFixture]
public sealed class Idle
{
    [Test]
    public void Workers_sleep_without_a_clock_with_QEMU_connected()
    {
        Lab.NeedsQemuL2tp();
        Wire wire = UdpFarEnd.WireOf(176);
        string socket = Path.Combine(Settings.RunDirectory, "idle.sock");
        using var far = new UdpFarEnd(wire);
        using Child program = Child.Start("idle", Settings.Program, ["-netdev", wire.Netdev, "--frontend", $"stream,server=on,addr.type=unix,addr.path={socket}"]);
        Until.True(() => UnixListener.IsAt(socket), () => $"ready: {program.Error}");
        using var qemu = new QemuHub("idle", $"stream,server=off,addr.type=unix,addr.path={socket}");
        using Child hub = Child.Start("idle-qemu", qemu.Command[0], qemu.Command.Skip(1));
        Until.True(
            () =>
            {
                far.Send(new byte[60]);
                return qemu.IsUp && qemu.HasFrame;
            },
            $"a frame comes through: {hub.Error}");

        // What was called often is compiled in the background, some moments later; on a busy machine much later.
        Until.True(() => Workers(program.Id).All(IsAsleep), "its workers sleep until something comes");
        Dictionary<string, long> before = Switches(program.Id);
        Thread.Sleep(TimeSpan.FromSeconds(2)); // Clock: what happens meanwhile is printed.
        Dictionary<string, long> after = Switches(program.Id);
        string awake = string.Join(", ", after.Where(thread => thread.Value != before.GetValueOrDefault(thread.Key)).Select(thread => $"{thread.Key} {thread.Value - before.GetValueOrDefault(thread.Key)} times"));
        TestContext.Out.WriteLine($"{after.Count} kinds of threads; in two seconds woke up: {(awake.Length == 0 ? "none" : awake)}");
        Assert.That(Workers(program.Id).All(IsAsleep), Is.True, "nothing has come");
    }

    private static string[] Workers(int process)
    {
        string[] tasks = [.. Directory.GetDirectories($"/proc/{process}/task").Where(task => NameOf(task).StartsWith("l2tp ", StringComparison.Ordinal))];
        Assert.That(tasks, Is.Not.Empty, "no worker");
        return tasks;
    }

    /// <summary>
    /// Whether a thread waits in epoll without a limit of time, so that no clock of ours wakes it; level-triggered, it would not wait if
    /// something were ready.
    /// </summary>
    private static bool IsAsleep(string task)
    {
        // Number of the call, then its arguments: epoll_wait(set, events, most, milliseconds).
        string[] call = File.ReadAllText(Path.Combine(task, "syscall")).Split(' ');
        if (call.Length < 5 || (int)Convert.ToUInt64(call[4], 16) != -1)
        {
            return false;
        }

        string set = Path.Combine(task, "fd", Convert.ToUInt64(call[1], 16).ToString(CultureInfo.InvariantCulture));
        return new FileInfo(set).LinkTarget == "anon_inode:[eventpoll]";
    }

    private static string NameOf(string task) => File.ReadAllText(Path.Combine(task, "comm")).Trim();

    /// <summary>How often each thread was put on a processor, those with one name together.</summary>
    private static Dictionary<string, long> Switches(int process) => Directory.GetDirectories($"/proc/{process}/task")
        .GroupBy(NameOf, SwitchesOf)
        .ToDictionary(group => group.Key, group => group.Sum());

    private static long SwitchesOf(string task) => File.ReadLines(Path.Combine(task, "status"))
        .Where(line => line.Contains("ctxt_switches:", StringComparison.Ordinal)) // Clock: it is printed.
        .Sum(line => long.Parse(line.Split(':')[1], CultureInfo.InvariantCulture));
}
