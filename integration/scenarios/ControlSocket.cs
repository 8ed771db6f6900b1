using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using QemuL2tp.Integration.Peers;

namespace QemuL2tp.Integration.Scenarios;

/// <summary>Pseudowires of a guest that come by the control socket and from a file that changes.</summary>
[TestFixture]
public sealed class ControlSocket
{
    [OneTimeSetUp]
    public void Boot()
    {
        Lab.NeedsQemuL2tp();
        Lab.Needs(Wires.Configured);
    }

    [Test]
    public void A_pseudowire_of_netdev_add_pings_the_Linux_peer_and_set_link_stops_and_starts_it()
    {
        Wire wire = Wires.Added;
        using var hosted = new Hosted("control");
        hosted.Add(wire, Hosted.FrontendOf(wire));
        hosted.Control.WaitForEvent("X_NETDEV_ADDED", wire.Id);
        hosted.Control.WaitForEvent("NETDEV_STREAM_CONNECTED", wire.Id);
        Assert.That(Ping.From(Lab.Guest, wire.PeerAddress), Is.EqualTo((3, 3)));
        hosted.SetLink(wire, up: false);
        Assert.That(Ping.Unanswered(Lab.Guest, wire.PeerAddress), Is.Zero);
        hosted.SetLink(wire, up: true);
        Assert.That(Ping.From(Lab.Guest, wire.PeerAddress), Is.EqualTo((3, 3)));
        JsonElement numbers = hosted.StatisticsOf(wire), fromGuest = numbers.GetProperty("guest-to-tunnel");
        Assert.That(fromGuest.GetProperty("drops").GetProperty("LinkDown").GetInt64(), Is.GreaterThanOrEqualTo(3));
        Assert.That(fromGuest.GetProperty("frames-in").GetInt64(), Is.GreaterThanOrEqualTo(fromGuest.GetProperty("frames").GetInt64() + fromGuest.GetProperty("dropped").GetInt64()));
        Assert.That(numbers.GetProperty("guest-state").GetString(), Is.EqualTo("connected"));
        Assert.That(numbers.GetProperty("segmentation").GetProperty("state").GetString(), Is.EqualTo("on").Or.EqualTo("off"));
        Assert.That(numbers.GetProperty("coalescing").GetProperty("state").GetString(), Is.EqualTo("on").Or.EqualTo("off"));
        hosted.Control.Execute("netdev_del", new { id = wire.Id });
        hosted.Control.WaitForEvent("X_NETDEV_REMOVED", wire.Id);
        Assert.That(Ping.Unanswered(Lab.Guest, wire.PeerAddress), Is.Zero);
        hosted.Control.Execute("quit");
        Assert.That(hosted.Process.WaitForExit() && hosted.Process.ExitCode == 0, Is.True);
    }

    [Test]
    public void No_ping_through_an_unchanged_pseudowire_is_lost_while_others_change()
    {
        Wire kept = Wires.Configured, changed = Wires.Added;
        string[] keptLines = ["# stays", kept.Netdev, Hosted.FrontendOf(kept)];
        using var hosted = new Hosted("reloaded", keptLines);
        Until.True(() => Ping.IsAnswered(Lab.Guest, kept.PeerAddress), "the wire works");
        (int Sent, int Received) pings;
        using (var traffic = new Traffic(Lab.Guest, kept.PeerAddress, "-i 0.01"))
        {
            traffic.WaitForReplies();
            for (int i = 0; i < 5; i++)
            {
                Assert.That(hosted.Reload([.. keptLines, changed.Netdev, Hosted.FrontendOf(changed)]), Is.EqualTo("1 unchanged, 0 closed, 1 opened"));
                Assert.That(hosted.Reload([.. keptLines, changed.Netdev + ",offset=4", Hosted.FrontendOf(changed)]), Is.EqualTo("1 unchanged, 1 closed, 1 opened"));
                Assert.That(hosted.Reload(keptLines), Is.EqualTo("1 unchanged, 1 closed, 0 opened"));
            }

            traffic.WaitForReplies();
            pings = traffic.Finish();
        }

        TestContext.Out.WriteLine($"{pings.Received} of {pings.Sent} pings during 15 reloads");
        Assert.That(pings.Received, Is.EqualTo(pings.Sent));
        Assert.That(hosted.StatisticsOf(kept).GetProperty("connections").GetInt64(), Is.EqualTo(1));
    }

    [Test]
    public void QEMU_connects_to_a_pseudowire_of_netdev_add()
    {
        Wire wire = UdpFarEnd.WireOf(181);
        string socket = Path.Combine(Settings.RunDirectory, "added.sock");
        using var far = new UdpFarEnd(wire);
        using var hosted = new Hosted("added");
        Thread.Sleep(500); // Clock: by then the program has rehearsed it, or the times that are printed are longer.
        double nothing = Milliseconds(() => hosted.Control.Execute("query-status")); // What waking up costs, on this machine.
        List<double> times = [];
        for (int i = 0; i < 20; i++)
        {
            if (i > 0)
                hosted.Control.Execute("netdev_del", new { id = wire.Id });
            times.Add(Milliseconds(() => hosted.Add(wire, $"stream,addr.type=unix,addr.path={socket}")));
        }

        using var qemu = new QemuHub("added", $"stream,server=off,addr.type=unix,addr.path={socket}");
        using Child hub = Child.Start("added-qemu", qemu.Command[0], qemu.Command.Skip(1));
        hosted.Control.WaitForEvent("NETDEV_STREAM_CONNECTED", wire.Id);
        Until.True(
            () =>
            {
                far.Send(new byte[60]);
                return qemu.IsUp && qemu.HasFrame;
            },
            $"a frame comes through: {hub.Error}");
        qemu.Send(new byte[61]);
        Assert.That(far.Receive(), Has.Length.EqualTo(61));
        double first = times[0];
        times.Sort();
        TestContext.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"after half a second query-status {nothing:0.00} ms; netdev_add: the first {first:0.00} ms, median {times[10]:0.00} ms, slowest {times[^1]:0.00} ms"));
    }

    private static double Milliseconds(Action action)
    {
        // Clock: it is printed.
        long start = Stopwatch.GetTimestamp();
        action();
        return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
    }
}
