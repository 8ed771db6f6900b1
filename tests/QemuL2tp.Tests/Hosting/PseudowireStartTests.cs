using System.Net;
using System.Net.Sockets;
using QemuL2tp.Frames;
using QemuL2tp.Hosting;
using QemuL2tp.Options;
using QemuL2tp.Tests.TestSupport;

namespace QemuL2tp.Tests.Hosting;

/// <summary>A pseudowire in somebody else's process: one call starts it, one ends it.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class PseudowireStartTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly L2tpv3Options _options = Loopback.NewOptions();

    public void Dispose() => _directory.Dispose();

    [Test]
    public async Task Frames_go_both_ways_and_disposal_leaves_nothing()
    {
        using Socket peer = Loopback.PeerOf(_options);
        L2tpPeer codec = PseudowireOptions.PeerOf(_options);
        Pseudowire link = await StartAsync(_options);
        Assert.That(link.Id, Is.EqualTo("net0"));
        Assert.That(link.QemuArguments, Is.EqualTo($"-netdev stream,id=net0,server=off,addr.type=unix,addr.path={_directory.File("s")} -device virtio-net-pci,netdev=net0,rx_queue_size=1024,speed=10000,duplex=full"));
        Assert.That(link.IsGuestConnected, Is.False);
        Task guest = link.WaitForGuestAsync();
        Assert.That(guest.IsCompleted, Is.False);
        using FakeQemu qemu = FakeQemu.Connect(_directory.File("s"));
        await guest;
        Assert.That(link.IsGuestConnected && link.Connections == 1, Is.True);
        qemu.Send(LoopbackLink.Frame(100));
        Assert.That(codec.Decode(peer.ReceiveDatagram(), out _), Is.EqualTo(LoopbackLink.Frame(100)));
        peer.SendTo(codec.Encode(LoopbackLink.Frame(200)), Loopback.SourceOf(_options));
        Assert.That(qemu.Receive(), Is.EqualTo(LoopbackLink.Frame(200)));

        await link.DisposeAsync();
        await link.DisposeAsync();
        link.Dispose();
        Assert.That(qemu.IsClosed(), Is.True);
        Assert.That(File.Exists(_directory.File("s")), Is.False);
        Assert.That(link.GuestToTunnel.BytesOut, Is.EqualTo(100), "the numbers can still be read");
        Assert.That(link.DescribeStatistics(), Does.Contain("tunnel to guest: 1 frames, 200 bytes, 0 dropped"));
        using Socket free = Loopback.Udp(Loopback.SourceOf(_options));
    }

    [Test]
    public async Task Waiting_for_the_guest_ends_with_the_guest_the_token_or_the_pseudowire()
    {
        await using Pseudowire link = await StartAsync(_options);
        for (int i = 0; i < 3; i++)
        {
            // Clock: no guest is there, however long it takes.
            using var impatient = new CancellationTokenSource(20);
            Assert.That(async () => await link.WaitForGuestAsync(impatient.Token), Throws.InstanceOf<OperationCanceledException>(), "the last one has gone");
            using (FakeQemu.Connect(_directory.File("s")))
            {
                await link.WaitForGuestAsync(CancellationToken.None);
                await link.WaitForGuestAsync(CancellationToken.None);
            }

            Assert.That(() => link.IsGuestConnected, Is.False.After(Loopback.PatienceMilliseconds, 5));
        }

        Task waiting = link.WaitForGuestAsync();
        await link.DisposeAsync();
        Assert.That(async () => await waiting, Throws.InstanceOf<OperationCanceledException>());
    }

    [Test]
    public async Task With_datagrams_the_guest_is_there_when_it_was_heard_of([Values("inet", "unix")] string type)
    {
        string ours = _directory.File("ours");
        string theirs = _directory.File("theirs");
        using var qemu = new Socket(type == "inet" ? AddressFamily.InterNetwork : AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        qemu.Bind(type == "inet" ? new IPEndPoint(IPAddress.Loopback, 0) : new UnixDomainSocketEndPoint(theirs));
        // Nothing is bound to QEMU's path when the pseudowire starts: it is not found there, only heard of.
        if (type == "unix")
            File.Move(theirs, theirs + "2");
        using Socket reserved = Loopback.Udp(new IPEndPoint(IPAddress.Loopback, 0));
        int port = ((IPEndPoint)reserved.LocalEndPoint!).Port;
        reserved.Dispose();
        string frontend = type == "inet"
            ? $"dgram,local.type=inet,local.host=127.0.0.1,local.port={port},remote.type=inet,remote.host=127.0.0.1,remote.port={((IPEndPoint)qemu.LocalEndPoint!).Port}"
            : $"dgram,local.type=unix,local.path={ours},remote.type=unix,remote.path={theirs}";
        await using Pseudowire link = await Pseudowire.StartAsync(Netdev(_options), frontend);
        Task guest = link.WaitForGuestAsync();
        Assert.That(guest.IsCompleted, Is.False);
        if (type == "unix")
            File.Move(theirs + "2", theirs);
        qemu.SendTo(LoopbackLink.Frame(100), type == "inet" ? new IPEndPoint(IPAddress.Loopback, port) : new UnixDomainSocketEndPoint(ours));
        await guest.WaitAsync(TimeSpan.FromMilliseconds(Loopback.PatienceMilliseconds));
    }

    [TestCase("foo=1", null, "Invalid parameter 'foo'")]
    [TestCase("", "stream,addr.type=unix", "Parameter 'addr.path' is missing")]
    [TestCase("", "stream,addr.type=unix,addr.path=/no/such/directory/s", "Failed to bind socket to ")]
    [TestCase("", "stream,id=other,addr.type=unix,addr.path=/x", "there is no -netdev 'other'")]
    [TestCase("", "stream,addr.type=fd,addr.str=web", "File descriptor named 'web' has not been found")]
    [TestCase("", "stream,addr.type=fd,addr.str=999", "file descriptor 999 is not an open socket")]
    public async Task What_cannot_be_done_is_an_error_and_leaves_nothing_behind(string more, string? frontend, string message)
    {
        frontend ??= $"stream,addr.type=unix,addr.path={_directory.File("s")}";
        await using (await StartAsync(Loopback.NewOptions()))
        {
            // What a first start opens for good is open.
        }

        int sockets = ProcessFacts.OpenSockets;
        Assert.That(
            async () => await Pseudowire.StartAsync($"{Netdev(_options)}{(more.Length == 0 ? "" : "," + more)}", frontend),
            Throws.TypeOf<UserErrorException>().With.Message.Contains(message));
        ProcessFacts.AssertNoMoreSockets(sockets);
        Assert.That(File.Exists(_directory.File("s")), Is.False);
        using Socket free = Loopback.Udp(Loopback.SourceOf(_options));
    }

    [Test]
    public async Task Twenty_at_once_carry_their_own_frames()
    {
        L2tpv3Options[] options = [.. Enumerable.Range(0, 20).Select(_ => Loopback.NewOptions())];
        Pseudowire[] links = await Task.WhenAll(options.Select((each, i) => StartAsync(each, $"s{i}")));
        await Task.WhenAll(options.Select((each, i) => Task.Run(() =>
        {
            using Socket peer = Loopback.PeerOf(each);
            using FakeQemu qemu = FakeQemu.Connect(_directory.File($"s{i}"));
            qemu.Send(LoopbackLink.Frame(80 + i));
            Assert.That(PseudowireOptions.PeerOf(each).Decode(peer.ReceiveDatagram(), out _), Is.EqualTo(LoopbackLink.Frame(80 + i)));
        })));
        await Task.WhenAll(links.Select(link => link.DisposeAsync().AsTask()));
        Assert.That(Directory.GetFiles(_directory.Path), Is.Empty);
    }

    [Test]
    public async Task What_happens_is_told_to_the_log()
    {
        var log = new RecordingLog();
        await using (await Pseudowire.StartAsync(Netdev(_options), $"stream,addr.type=unix,addr.path={_directory.File("s")}", log))
        {
            using FakeQemu qemu = FakeQemu.Connect(_directory.File("s"));
            Assert.That(() => log.Messages, Has.Some.Contains("net0: QEMU connected").After(Loopback.PatienceMilliseconds, 5));
        }

        Assert.That(log.Events.Select(e => e.Level), Has.None.EqualTo(EventLevel.Error));
    }

    private static string Netdev(L2tpv3Options options) =>
        $"l2tpv3,id=net0,src={options.Source},dst={options.Destination},udp=on,srcport={options.SourcePort},dstport={options.DestinationPort},txsession={options.TransmitSession},rxsession={options.ReceiveSession}";

    private Task<Pseudowire> StartAsync(L2tpv3Options options, string file = "s") =>
        Pseudowire.StartAsync(Netdev(options), $"stream,addr.type=unix,addr.path={_directory.File(file)}");
}
