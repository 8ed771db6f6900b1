using System.Buffers.Binary;
using System.Net.Sockets;
using NUnit.Framework;
using QemuL2tp.Frames;
using QemuL2tp.Hosting;

namespace Harness;

/// <summary>Two pseudowires, each the other's peer. A socket stands for QEMU; yours is started with <c>link.QemuArguments</c>.</summary>
public class LinkTests
{
    /// <summary>Only a test that fails waits so long.</summary>
    private const int PatienceMilliseconds = 60_000;

    private readonly string _directory = Directory.CreateTempSubdirectory().FullName;

    [OneTimeTearDown]
    public void RemoveDirectory() => Directory.Delete(_directory, recursive: true);

    [Test]
    public async Task A_frame_arrives_and_is_counted()
    {
        await using var near = await StartAsync("near", 17001, 17002);
        await using var far = await StartAsync("far", 17002, 17001);
        using Socket nearQemu = Connect("near"), farQemu = Connect("far");
        byte[] frame = [.. Enumerable.Range(0, 60).Select(i => (byte)i)];

        // QEMU's -netdev stream: a 4-byte length, then the frame.
        byte[] record = new byte[4 + frame.Length];
        BinaryPrimitives.WriteInt32BigEndian(record, frame.Length);
        frame.CopyTo(record, 4);
        nearQemu.Send(record);

        byte[] received = new byte[record.Length];
        for (int length = 0; length < received.Length;)
            length += farQemu.Receive(received.AsSpan(length));
        Assert.That(received, Is.EqualTo(record));
        // A frame is counted when it has left, so it may be here before.
        Assert.That(() => near.GuestToTunnel.FramesOut, Is.EqualTo(1).After(PatienceMilliseconds, 10));
        Assert.That(() => far.TunnelToGuest.BytesOut, Is.EqualTo(frame.Length).After(PatienceMilliseconds, 10));
    }

    [Test]
    public async Task A_wrong_session_is_dropped_and_counted()
    {
        await using var near = await StartAsync("near2", 17003, 17004);
        using var stranger = new UdpClient("127.0.0.1", 17003);
        stranger.Send([0, 3, 0, 0, 9, 9, 9, 9, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14]);
        Assert.That(() => near.TunnelTotals.Dropped(FrameVerdict.WrongSession), Is.EqualTo(1).After(PatienceMilliseconds, 10));
    }

    private Task<Pseudowire> StartAsync(string id, int ownPort, int peersPort) => Pseudowire.StartAsync(
        $"l2tpv3,id={id},src=127.0.0.1,dst=127.0.0.1,udp=on,srcport={ownPort},dstport={peersPort},txsession=1,rxsession=1",
        $"stream,server=on,addr.type=unix,addr.path={_directory}/{id}");

    private Socket Connect(string id)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified) { ReceiveTimeout = PatienceMilliseconds };
        socket.Connect(new UnixDomainSocketEndPoint($"{_directory}/{id}"));
        return socket;
    }
}
