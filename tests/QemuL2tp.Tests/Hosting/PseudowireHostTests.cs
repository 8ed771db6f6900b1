using System.Buffers.Binary;
using System.Net.Sockets;
using QemuL2tp.Hosting;
using QemuL2tp.Options;
using QemuL2tp.Tests.TestSupport;

namespace QemuL2tp.Tests.Hosting;

/// <summary>Pseudowires that come and go while another one on the same worker carries frames.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class PseudowireHostTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Test]
    public void Those_that_stay_lose_no_frame_while_others_come_and_go([Values(1, 2)] int threadsEach)
    {
        const int Rounds = 150;
        using var host = new PseudowireHost(new RecordingLog(), threadsEach);
        L2tpv3Options[] staying = [.. Enumerable.Range(0, Environment.ProcessorCount).Select(_ => Loopback.NewOptions())];
        for (int i = 0; i < staying.Length; i++)
            host.Add(Plan(staying[i], $"s{i}"));
        host.Start();
        int coming = 0;
        Task[] traffic = [.. staying.Select((options, i) => Task.Run(() => PingPong(options, $"s{i}", () => Volatile.Read(ref coming) < Rounds)))];

        L2tpv3Options[] others = [.. Enumerable.Range(0, 3).Select(_ => Loopback.NewOptions())];
        for (; coming < Rounds && !traffic.Any(task => task.IsFaulted); coming++)
        {
            for (int i = 0; i < others.Length; i++)
                host.Add(Plan(others[i], $"o{i}"));
            using (FakeQemu qemu = FakeQemu.Connect(_directory.File("o1")))
            {
                qemu.Send(LoopbackLink.Frame(500), LoopbackLink.Frame(500));
                for (int i = 0; i < others.Length; i++)
                    Assert.That(host.Remove($"o{i}"), Is.True);
                Assert.That(qemu.IsClosed(), Is.True);
            }
        }

        Assert.That(Task.WaitAll(traffic, Loopback.PatienceMilliseconds), Is.True);
        Assert.That(host.All, Has.Count.EqualTo(staying.Length));
        Assert.That(host.All.Sum(each => each.GuestToTunnel.DroppedInAll + each.TunnelToGuest.DroppedInAll), Is.Zero);
    }

    [Test]
    public void Sessions_of_one_tunnel_come_and_go_while_others_carry_frames([Values(1, 2)] int threadsEach, [Values] bool onePeer)
    {
        const int Rounds = 100;
        using var host = new PseudowireHost(new RecordingLog(), threadsEach);
        L2tpv3Options staying = Loopback.NewOptions();
        L2tpv3Options[] others = [.. Enumerable.Range(1, 3).Select(i => staying with { ReceiveSession = (uint)i, TransmitSession = 10 + (uint)i, DestinationPort = onePeer ? staying.DestinationPort : $"{Loopback.NewPort()}" })];
        host.Add(Plan(staying, "s"));
        host.Start();
        int coming = 0;
        Task traffic = Task.Run(() => PingPong(staying, "s", () => Volatile.Read(ref coming) < Rounds));
        for (; coming < Rounds && !traffic.IsFaulted; coming++)
        {
            for (int i = 0; i < others.Length; i++)
                host.Add(Plan(others[i], $"o{i}"));
            for (int i = 0; i < others.Length; i++)
                Assert.That(host.Remove($"o{i}"), Is.True);
        }

        Assert.That(traffic.Wait(Loopback.PatienceMilliseconds), Is.True);
        Assert.That(host.All.Sum(each => each.GuestToTunnel.DroppedInAll + each.TunnelToGuest.DroppedInAll + each.TunnelTotals.DroppedInAll), Is.Zero);
    }

    [Test]
    public void With_two_threads_a_tunnel_has_one_for_each_direction_whatever_the_number_of_its_sessions()
    {
        using var host = new PseudowireHost(new RecordingLog(), threadsEach: 2);
        L2tpv3Options options = Loopback.NewOptions();
        host.Start();
        for (uint i = 0; i < 5; i++)
            host.Add(Plan(options with { ReceiveSession = i }, $"t{i}"));
        Assert.That(() => (ProcessFacts.ThreadsNamed("tx t0"), ProcessFacts.ThreadsNamed("rx t0"), ProcessFacts.ThreadsNamed("tx t1")), Is.EqualTo((1, 1, 0)).After(Loopback.PatienceMilliseconds, 10));
        for (int i = 0; i < 5; i++)
            Assert.That(host.Remove($"t{i}"), Is.True);
        Assert.That(() => ProcessFacts.ThreadsNamed("tx t0") + ProcessFacts.ThreadsNamed("rx t0"), Is.Zero.After(Loopback.PatienceMilliseconds, 10));
    }

    [Test]
    public void As_many_threads_as_processors_serve_all()
    {
        using var host = new PseudowireHost(new RecordingLog());
        int before = Workers();
        host.Start();
        for (int i = 0; i < 20; i++)
            host.Add(Plan(Loopback.NewOptions(), $"s{i}"));
        Assert.That(() => Workers() - before, Is.EqualTo(Math.Min(20, Environment.ProcessorCount)).After(Loopback.PatienceMilliseconds, 10));
        host.Dispose();
        // A thread that was joined is in /proc for another moment.
        Assert.That(Workers, Is.EqualTo(before).After(Loopback.PatienceMilliseconds, 10));

        static int Workers() => Enumerable.Range(1, 64).Sum(i => ProcessFacts.ThreadsNamed($"l2tp {i}"));
    }

    [Test]
    public void Behind_the_end_nothing_is_added_any_more()
    {
        var host = new PseudowireHost(new RecordingLog());
        host.Start();
        host.Add(Plan(Loopback.NewOptions(), "a"));
        host.Stop();
        Assert.That(() => host.Add(Plan(Loopback.NewOptions(), "b")), Throws.TypeOf<UserErrorException>().With.Message.Contains("the end has begun"));
        Assert.That(File.Exists(_directory.File("b")), Is.False);
        host.Dispose();
        Assert.That(() => host.Add(Plan(Loopback.NewOptions(), "b")), Throws.TypeOf<UserErrorException>());
        Assert.That(Directory.GetFiles(_directory.Path), Is.Empty);
    }

    [Test]
    public void What_comes_and_goes_is_told_and_what_fails_is_not()
    {
        List<string> told = [];
        using var host = new PseudowireHost(new RecordingLog()) { Added = each => told.Add("+" + each.Id), Removed = each => told.Add("-" + each.Id) };
        L2tpv3Options options = Loopback.NewOptions();
        host.Add(Plan(options, "a"));
        Assert.That(() => host.Add(Plan(Loopback.NewOptions(), "a")), Throws.TypeOf<UserErrorException>());
        Assert.That(() => host.Add(Plan(options, "b")), Throws.TypeOf<UserErrorException>());
        Assert.That(host.Remove("b"), Is.False);
        Assert.That(host.Remove("a"), Is.True);
        host.Add(Plan(options, "b"));
        Assert.That(told, Is.EqualTo(new[] { "+a", "-a", "+b" }));
    }

    /// <summary>Numbered frames through a pseudowire and back, one at a time, each of which must come.</summary>
    private void PingPong(L2tpv3Options options, string id, Func<bool> isWanted)
    {
        using Socket peer = Loopback.PeerOf(options);
        using FakeQemu qemu = FakeQemu.Connect(_directory.File(id));
        L2tpPeer codec = PseudowireOptions.PeerOf(options);
        byte[] frame = new byte[60];
        for (long i = 0; isWanted(); i++)
        {
            BinaryPrimitives.WriteInt64BigEndian(frame, i);
            qemu.Send(frame);
            Assert.That(codec.Decode(peer.ReceiveDatagram(), out _), Is.EqualTo(frame));
            peer.SendTo(codec.Encode(frame), Loopback.SourceOf(options));
            Assert.That(qemu.Receive(), Is.EqualTo(frame));
        }
    }

    private PseudowirePlan Plan(L2tpv3Options options, string id) => new(
        new Written<L2tpv3Options>("", options with { Id = id }),
        new Written<FrontendOptions>("", LoopbackLink.Unix(_directory.File(id))));
}
