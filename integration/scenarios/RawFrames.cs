using QemuL2tp.Integration.Peers;

namespace QemuL2tp.Integration.Scenarios;

/// <summary>
/// The harness plays QEMU and the Linux peer turns each frame around where its l2tp interface receives it:
/// what comes back went through qemu-l2tp and the kernel twice and must be the same, byte by byte.
/// </summary>
[TestFixture]
public sealed class RawFrames
{
    private static readonly byte[] s_source = [0x52, 0x54, 0x00, 0x00, 0x77, 0x42];
    private QemuL2tpBackEnd? _backEnd;
    private StreamClient? _qemu;

    private static IEnumerable<TestCaseData> Frames()
    {
        byte[] lldpAddress = [0x01, 0x80, 0xc2, 0x00, 0x00, 0x0e];
        byte[] stpAddress = [0x01, 0x80, 0xc2, 0x00, 0x00, 0x00];
        byte[] someone = [0x52, 0x54, 0x00, 0x00, 0x77, 0x43];
        yield return Case("lldp", Frame(lldpAddress, [0x88, 0xcc, 0x02, 0x07, 0x04], 60));
        // Length 38, then the LLC header of spanning tree.
        yield return Case("stp", Frame(stpAddress, [0x00, 0x26, 0x42, 0x42, 0x03, 0, 0, 0, 0, 0], 60));
        yield return Case("vlan_tag", Frame(someone, [0x81, 0x00, 0x60, 0x64, 0x08, 0x00, 0x45], 100));
        yield return Case("priority_tag", Frame(someone, [0x81, 0x00, 0xe0, 0x00, 0x08, 0x00, 0x45], 100));
        yield return Case("two_vlan_tags", Frame(someone, [0x88, 0xa8, 0x00, 0xc8, 0x81, 0x00, 0x00, 0x64, 0x08, 0x00], 120));
        yield return Case("full_frame_with_vlan_tag", Frame(someone, [0x81, 0x00, 0x00, 0x64, 0x08, 0x00], 1518));
        foreach (int length in new[] { 14, 15, 42, 59, 60, 61, 1514 })
        {
            yield return Case($"of_{length}_bytes", Frame(someone, [0x88, 0xb5], length));
        }

        static TestCaseData Case(string name, byte[] frame) => new TestCaseData(frame).SetName(name);
    }

    [OneTimeSetUp]
    public void Turn_frames_around_in_the_peer()
    {
        Lab.NeedsQemuL2tp();
        Lab.Needs(Wires.RawFrames);
        _backEnd = new QemuL2tpBackEnd("raw-frames", Wires.RawFrames);
        _backEnd.Start();
        _qemu = new StreamClient(_backEnd.SocketOf(Wires.RawFrames));
        string peer = Wires.RawFrames.PeerInterface;
        Lab.Peer.Run($"""
            set -e
            echo 1 >/proc/sys/net/ipv6/conf/{peer}/disable_ipv6
            ip address flush dev {peer}
            tc qdisc add dev {peer} ingress
            tc filter add dev {peer} parent ffff: matchall action mirred egress redirect dev {peer}
            """);
    }

    [OneTimeTearDown]
    public void Hang_up()
    {
        _qemu?.Dispose();
        _backEnd?.Dispose();
    }

    [TestCaseSource(nameof(Frames))]
    public void Comes_back_unchanged(byte[] frame)
    {
        _qemu!.Send(frame);
        Assert.That(_qemu.Receive(), Is.EqualTo(frame));
    }

    private static byte[] Frame(byte[] destination, byte[] start, int length)
    {
        byte[] frame = new byte[length];
        for (int i = 0; i < length; i++)
        {
            frame[i] = (byte)(i * 7);
        }

        destination.CopyTo(frame, 0);
        s_source.CopyTo(frame, 6);
        start.CopyTo(frame, 12);
        return frame;
    }
}
