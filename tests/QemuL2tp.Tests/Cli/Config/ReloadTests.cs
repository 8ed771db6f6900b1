using System.Buffers.Binary;
using System.Globalization;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;
using QemuL2tp.Options;
using QemuL2tp.Tests.TestSupport;

namespace QemuL2tp.Tests.Cli.Config;

/// <summary>SIGHUP: the files are read again, and only what differs is touched.</summary>
internal sealed class ReloadTests : ProgramTest
{
    private const int Reloads = 30;

    private readonly L2tpv3Options[] _options = [.. Enumerable.Range(0, 4).Select(_ => Loopback.NewOptions())];
    private int _reloads;

    [TestCase("1")]
    [TestCase("2")]
    public void The_unchanged_one_loses_no_frame_while_others_come_change_and_go(string threads)
    {
        Write(Line(0), Line(1), Line(2));
        ProgramProcess process = Start("--config", FileName("conf"), "--threads", threads).UntilReady(3);
        using FakeQemu qemu = FakeQemu.Connect(FileName("qemu-l2tp/n0.sock"));
        using Socket peer = Loopback.RoomyPeerOf(_options[0]);
        using var end = new CancellationTokenSource();
        // No more on the way than the peer's socket holds, whoever of the two is slow.
        const int MostOnTheWay = 1000;
        using var room = new SemaphoreSlim(MostOnTheWay);
        long sent = 0;
        Task sending = Task.Run(() =>
        {
            byte[] frame = new byte[100];
            for (; !end.IsCancellationRequested; sent++)
            {
                Assert.That(room.Wait(Loopback.PatienceMilliseconds), Is.True, "frames come out");
                BinaryPrimitives.WriteInt64BigEndian(frame, sent);
                qemu.Send(frame);
            }

            BinaryPrimitives.WriteInt64BigEndian(frame, -1);
            qemu.Send(frame);
        });
        long received = 0;
        Task receiving = Task.Run(() =>
        {
            L2tpPeer codec = PseudowireOptions.PeerOf(_options[0]);
            while (BinaryPrimitives.ReadInt64BigEndian(codec.Decode(peer.ReceiveDatagram(), out _)) is >= 0 and var number)
            {
                Assert.That(number, Is.EqualTo(received), "in order, none lost");
                Volatile.Write(ref received, received + 1);
                room.Release();
            }
        });

        for (int i = 0; i < 10; i++)
        {
            long before = Volatile.Read(ref received);
            process.Until(() => Volatile.Read(ref received) > before || receiving.IsFaulted, "frames come out between two reloads");
            Reload(process, "1 unchanged, 2 closed, 2 opened", Line(0), Line(1) + ",offset=4", Line(3));
            Reload(process, "1 unchanged, 2 closed, 2 opened", Line(0) + "   # written otherwise", Line(1), Line(2));
        }

        end.Cancel();
        Task.WaitAll(sending, receiving);
        Assert.That(received, Is.EqualTo(sent));
        Assert.That(process.Terminate(), Is.Zero);
        Assert.That(process.Errors, Does.Contain($"n0: statistics\n  guest to tunnel: {sent + 1} frames, {100 * (sent + 1)} bytes, 0 dropped, {sent + 1} in\n"));
        Assert.That(process.Errors.Split("n0: QEMU connected"), Has.Length.EqualTo(2), "one connection all the time");
        TestContext.Out.WriteLine($"{sent} frames");
    }

    [Test]
    public void Behind_nohup_it_reloads_too()
    {
        Write(Line(0));
        ProgramProcess process = StartByShell("trap '' HUP; exec \"$@\"", "--config", FileName("conf")).UntilReady();
        Reload(process, "1 unchanged, 0 closed, 1 opened", Line(0), Line(1));
    }

    [Test]
    public void Changed_ones_are_reopened_and_of_those_that_are_gone_nothing_is_left()
    {
        Write(Line(0), Line(1));
        ProgramProcess process = Start("--config", FileName("conf")).UntilReady(2);
        using FakeQemu gone = FakeQemu.Connect(FileName("qemu-l2tp/n0.sock"));
        using FakeQemu changed = FakeQemu.Connect(FileName("qemu-l2tp/n1.sock"));

        // The two exchange their addresses: both must be closed before one is opened.
        Reload(process, "0 unchanged, 2 closed, 1 opened", Line(0).Replace("id=n0", "id=n1", StringComparison.Ordinal));
        Assert.That(gone.IsClosed() && changed.IsClosed(), Is.True);
        Assert.That(File.Exists(FileName("qemu-l2tp/n0.sock")), Is.False);
        using (Socket free = Loopback.Udp(Loopback.SourceOf(_options[1])))
            Assert.That(free.IsBound, Is.True);
        ExpectFrame(_options[0], "n1");
        Assert.That(process.Terminate(), Is.Zero);
    }

    [Test]
    public void A_front_end_that_says_whose_it_is_is_the_same_front_end()
    {
        Write(Line(0), $"stream,addr.type=unix,addr.path={FileName("s")}");
        ProgramProcess process = Start("--config", FileName("conf")).UntilReady();
        Reload(process, "1 unchanged, 0 closed, 1 opened", Line(0), $"stream,id=n0,addr.type=unix,addr.path={FileName("s")}", Line(1));
        Assert.That(process.Terminate(), Is.Zero);
    }

    [Test]
    public void A_file_with_mistakes_changes_nothing_and_says_so()
    {
        Write(Line(0));
        ProgramProcess process = Start("--config", FileName("conf")).UntilReady();
        using FakeQemu qemu = FakeQemu.Connect(FileName("qemu-l2tp/n0.sock"));
        Write(Line(1), "l2tpv3,id=x,foo=1", "user");
        process.Signal(ProgramProcess.SigHangUp);
        process.Until(() => process.Errors.Contains("user'", StringComparison.Ordinal), "the mistakes");
        Assert.That(process.Errors, Does.Contain($"qemu-l2tp: the configuration has mistakes and is not used; everything stays as it was\n{FileName("conf")}:2:"));
        File.Delete(FileName("conf"));
        process.Signal(ProgramProcess.SigHangUp);
        process.Until(() => process.Errors.Contains("conf cannot be read", StringComparison.Ordinal), "the missing file");
        ExpectFrame(_options[0], qemu);
        Reload(process, "1 unchanged, 0 closed, 0 opened", Line(0));
        Assert.That(process.Terminate(), Is.Zero);
    }

    [Test]
    public void A_port_in_use_is_told_the_rest_goes_on_and_the_next_reload_tries_again()
    {
        Write(Line(0));
        ProgramProcess process = Start("--config", FileName("conf")).UntilReady();
        using (Loopback.Udp(Loopback.SourceOf(_options[1])))
            Reload(process, "1 unchanged, 0 closed, 1 opened, 1 failed", Line(0), Line(1), Line(2));
        Assert.That(process.Errors, Does.Contain($"qemu-l2tp: {FileName("conf")}:2: {Line(1)}: could not bind socket err=98\n"));
        Assert.That(File.Exists(FileName("qemu-l2tp/n1.sock")), Is.False);
        ExpectFrame(_options[2], "n2");
        Reload(process, "2 unchanged, 0 closed, 1 opened", Line(0), Line(1), Line(2));
        ExpectFrame(_options[1], "n1");
        Assert.That(process.Terminate(), Is.Zero);
    }

    [TestCase("1")]
    [TestCase("2")]
    public void Reloads_leave_nothing_behind(string threads)
    {
        Write(Line(0), Line(1));
        ProgramProcess process = Start("--config", FileName("conf"), "--threads", threads).UntilReady(2);
        Footprint before = new(0, 0, 0);
        for (int i = 0; i < Reloads; i++)
        {
            Reload(process, "1 unchanged, 1 closed, 2 opened", Line(0), Line(1) + ",offset=4", Line(2));
            ExpectFrame(_options[2], "n2");
            Reload(process, "1 unchanged, 2 closed, 1 opened", Line(0), Line(1));
            if (i == 5)
                before = Footprint.Of(process.Id);
        }

        Footprint after = Footprint.Of(process.Id);
        Assert.That(after.Sockets, Is.LessThanOrEqualTo(before.Sockets + 1), "the runtime may open one of its own");
        Assert.That(after.Workers, Is.EqualTo(before.Workers));
        Assert.That(after.Mappings, Is.LessThan(before.Mappings + (Reloads - 5)), "less than one for each");
        Assert.That(process.Terminate(), Is.Zero);
        Assert.That(Directory.GetFiles(FileName("qemu-l2tp")), Is.Empty);
    }

    [Test]
    public void Systemd_is_told_of_the_reload_and_of_its_end()
    {
        using var systemd = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified) { ReceiveTimeout = Loopback.PatienceMilliseconds };
        systemd.Bind(new UnixDomainSocketEndPoint(FileName("notify")));
        Variables["NOTIFY_SOCKET"] = FileName("notify");
        Write(Line(0));
        ProgramProcess process = Start("--config", FileName("conf")).UntilReady();
        Assert.That(Text(), Is.EqualTo("READY=1"));
        // Clock: between two readings of the same one.
        long before = Environment.TickCount64;
        process.Signal(ProgramProcess.SigHangUp);
        Match reloading = Regex.Match(Text(), "^RELOADING=1\nMONOTONIC_USEC=([0-9]+)$");
        Assert.That(reloading.Success, Is.True);
        // Both are CLOCK_MONOTONIC or, on hosts that were never suspended, equal to it.
        // Clock: the other reading.
        Assert.That(long.Parse(reloading.Groups[1].ValueSpan, CultureInfo.InvariantCulture), Is.InRange((before - 1000) * 1000, (Environment.TickCount64 + 1000) * 1000));
        Assert.That(Text(), Is.EqualTo("READY=1"));
        Assert.That(process.Terminate(), Is.Zero);

        string Text() => Encoding.UTF8.GetString(systemd.ReceiveDatagram());
    }

    [Test]
    public void What_the_control_socket_has_put_in_the_place_of_one_of_the_file_is_not_touched()
    {
        Write(Line(0));
        ProgramProcess process = Start("--config", FileName("conf"), "--qmp", $"unix:{FileName("qmp")},server=on").UntilReady();
        using var client = new QmpClient(FileName("qmp"));
        Assert.That(client.Send("{'execute':'netdev_del','arguments':{'id':'n0'}}")["return"], Is.Not.Null);
        L2tpv3Options o = _options[1];
        Assert.That(client.Send($"{{'execute':'netdev_add','arguments':{{'type':'l2tpv3','id':'n0','src':'{o.Source}','dst':'{o.Destination}','udp':true,'srcport':'{o.SourcePort}','dstport':'{o.DestinationPort}','txsession':{o.TransmitSession},'rxsession':{o.ReceiveSession}}}}}")["return"], Is.Not.Null);
        Reload(process, "0 unchanged, 0 closed, 0 opened, 1 failed", Line(0));
        Assert.That(process.Errors, Does.Contain("Duplicate ID 'n0' for netdev"));
        Reload(process, "0 unchanged, 0 closed, 0 opened", "# nothing");
        ExpectFrame(_options[1], "n0");
        Assert.That(process.Terminate(), Is.Zero);
    }

    [Test]
    public void What_a_reload_opens_is_announced_as_at_the_start()
    {
        Write(Line(0));
        ProgramProcess process = Start("--config", FileName("conf")).UntilReady();
        Reload(process, "1 unchanged, 0 closed, 1 opened", Line(0), Line(1));
        process.Until(() => process.Output.Contains($"addr.path={FileName("qemu-l2tp/n1.sock")} ", StringComparison.Ordinal), "QEMU's arguments for the new one");
        Assert.That(process.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries), Has.Length.EqualTo(2));
        Assert.That(process.Terminate(), Is.Zero);
    }

    [Test]
    public void A_file_without_a_pseudowire_is_told_of()
    {
        Write();
        ProgramProcess process = Start("--config", FileName("conf"));
        process.Until(() => process.Errors.Contains("ready; there is no pseudowire yet: SIGHUP reads the configuration again\n", StringComparison.Ordinal), "ready");
        Assert.That(process.Terminate(), Is.Zero);
    }

    [Test]
    public void Without_a_file_SIGHUP_is_an_end()
    {
        ProgramProcess process = Start("-netdev", Netdev()).UntilReady();
        process.Signal(ProgramProcess.SigHangUp);
        Assert.That(process.WaitForExit(), Is.Zero);
    }

    private string Line(int number) => Netdev(_options[number], $"n{number}");

    private void Write(params string[] lines) => File.WriteAllLines(FileName("conf"), lines);

    private void Reload(ProgramProcess process, string outcome, params string[] lines)
    {
        const string Said = "qemu-l2tp: the configuration was read again: ";
        Write(lines);
        process.Signal(ProgramProcess.SigHangUp);
        _reloads++;
        process.Until(() => process.Errors.Split(Said) is { } parts && parts.Length > _reloads && parts[^1].Contains('\n', StringComparison.Ordinal), "reloaded");
        Assert.That(process.Errors.Split(Said)[^1].Split('\n')[0], Is.EqualTo(outcome), process.Errors);
    }

    private void ExpectFrame(L2tpv3Options options, string id)
    {
        using FakeQemu qemu = FakeQemu.Connect(FileName($"qemu-l2tp/{id}.sock"));
        ExpectFrame(options, qemu);
    }

    private static void ExpectFrame(L2tpv3Options options, FakeQemu qemu)
    {
        using Socket peer = Loopback.PeerOf(options);
        qemu.Send(LoopbackLink.Frame(60));
        Assert.That(PseudowireOptions.PeerOf(options).Decode(peer.ReceiveDatagram(), out _), Is.EqualTo(LoopbackLink.Frame(60)));
    }
}
