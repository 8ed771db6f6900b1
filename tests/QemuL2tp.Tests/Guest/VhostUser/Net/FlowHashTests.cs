using QemuL2tp.Guest.VhostUser.Net;

namespace QemuL2tp.Tests.Guest.VhostUser.Net;

public sealed class FlowHashTests
{
    private static readonly byte[] s_ethernet = [0x52, 0x54, 0, 0, 0, 1, 0x52, 0x54, 0, 0, 0, 2];
    private static readonly byte[] s_tcpOverIPv4 =
    [
        .. s_ethernet, 8, 0,
        0x45, 0, 0, 60, 0, 0, 0x40, 0, 64, 6, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2,
        0x10, 0x01, 0x14, 0x51, 1, 2, 3, 4, 5, 6, 7, 8,
    ];
    private static readonly byte[] s_udpOverIPv6 =
    [
        .. s_ethernet, 0x86, 0xdd,
        0x60, 0, 0, 0, 0, 12, 17, 64, .. new byte[15], 1, .. new byte[15], 2,
        0x10, 0x01, 0x14, 0x51, 0, 12, 0, 0,
    ];

    [Test]
    public void Frames_of_a_flow_are_the_same_whatever_else_is_in_them()
    {
        Assert.That(Changed(s_tcpOverIPv4, 38), Is.EqualTo(Of(s_tcpOverIPv4)), "sequence number");
        Assert.That(Changed(s_tcpOverIPv4, 0), Is.EqualTo(Of(s_tcpOverIPv4)), "Ethernet address");
        Assert.That(Changed(s_tcpOverIPv4, 22), Is.EqualTo(Of(s_tcpOverIPv4)), "time to live");
        Assert.That(Changed(s_udpOverIPv6, 58), Is.EqualTo(Of(s_udpOverIPv6)), "UDP length");
    }

    [Test]
    public void Each_address_and_port_makes_another_flow()
    {
        foreach (int at in new[] { 26, 29, 30, 33, 34, 36 })
            Assert.That(Changed(s_tcpOverIPv4, at), Is.Not.EqualTo(Of(s_tcpOverIPv4)), $"IPv4, byte {at}");
        foreach (int at in new[] { 22, 37, 38, 53, 54, 56 })
            Assert.That(Changed(s_udpOverIPv6, at), Is.Not.EqualTo(Of(s_udpOverIPv6)), $"IPv6, byte {at}");
        foreach (int at in new[] { 0, 5, 6, 11 })
            Assert.That(Changed([.. s_ethernet, 0x88, 0xcc], at), Is.Not.EqualTo(Of([.. s_ethernet, 0x88, 0xcc])), $"Ethernet, byte {at}");
    }

    [Test]
    public void Fragments_have_no_ports()
    {
        byte[] first = [.. s_tcpOverIPv4];
        first[20] = 0x20;
        byte[] other = [.. first];
        (other[20], other[21], other[34]) = (0, 9, 0x99);
        Assert.That(Of(other), Is.EqualTo(Of(first)), "what stands where ports would be is data");
    }

    [Test]
    public void A_VLAN_tag_is_looked_behind()
    {
        byte[] tagged = [.. s_ethernet, 0x81, 0, 0, 5, .. s_tcpOverIPv4[12..]];
        Assert.That(Of(tagged), Is.EqualTo(Of(s_tcpOverIPv4)));
    }

    [Test]
    public unsafe void Nothing_behind_the_end_is_read()
    {
        // At the end of a page that has no successor a byte too far would end the process; the guard bytes here change the result.
        foreach (byte[] frame in new[] { s_tcpOverIPv4, s_udpOverIPv6 })
        {
            for (int length = 0; length <= frame.Length; length++)
            {
                byte[] zeros = [.. frame[..length], .. new byte[64]];
                byte[] ones = [.. frame[..length], .. Enumerable.Repeat((byte)0xff, 64)];
                Assert.That(Of(zeros, length), Is.EqualTo(Of(ones, length)), $"{length} bytes");
            }
        }
    }

    [Test]
    public void Flows_spread_over_the_queues([Values(2, 3, 4, 8)] int queues)
    {
        int[] hits = new int[queues];
        for (int port = 0; port < 4000; port++)
        {
            byte[] frame = [.. s_tcpOverIPv4];
            (frame[34], frame[35]) = ((byte)(port >> 8), (byte)port);
            hits[Of(frame) % (uint)queues]++;
        }

        Assert.That(hits.Min(), Is.GreaterThan(4000 / queues / 2), "the emptiest queue");
    }

    private static uint Changed(byte[] frame, int at)
    {
        byte[] copy = [.. frame];
        copy[at] ^= 0x40;
        return Of(copy);
    }

    private static uint Of(byte[] frame) => Of(frame, frame.Length);

    private static unsafe uint Of(byte[] frame, int length)
    {
        fixed (byte* bytes = frame)
            return FlowHash.Of(bytes, (uint)length);
    }
}
