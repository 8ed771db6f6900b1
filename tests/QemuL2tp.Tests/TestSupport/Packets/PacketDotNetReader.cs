using PacketDotNet;

namespace QemuL2tp.Tests.TestSupport.Packets;

/// <summary>PacketDotNet as a second opinion on a segment, which has no IPv6 extension headers: it does not find what follows them.</summary>
internal static class PacketDotNetReader
{
    /// <summary>The payload, after everything in front of it was found as it must be.</summary>
    /// <param name="frame">One segment.</param>
    /// <param name="super">The super-frame that it was cut from.</param>
    /// <param name="index">Which segment it is.</param>
    /// <param name="size">Bytes of the segments in front of it.</param>
    /// <param name="isLast">FIN and PSH belong to it.</param>
    public static byte[] PayloadOf(byte[] frame, FrameSpec super, int index, int size, bool isLast)
    {
        Packet packet = Packet.ParsePacket(LinkLayers.Ethernet, frame);
        Ieee8021QPacket? tag = packet.Extract<Ieee8021QPacket>();
        Assert.That(tag is not null, Is.EqualTo(super.Tags.Length > 0));
        IPPacket ip = packet.Extract<IPPacket>();
        Assert.That(ip.TotalLength, Is.EqualTo(frame.Length - super.NetworkOffset));
        if (ip is IPv4Packet v4)
        {
            Assert.That(v4.ValidIPChecksum, Is.True);
            Assert.That(v4.Id, Is.EqualTo((ushort)(super.Identification + index)));
        }

        if (super.IsUdp)
        {
            UdpPacket udp = packet.Extract<UdpPacket>();
            Assert.That((int)udp.Length, Is.EqualTo(frame.Length - super.TransportOffset));
            Assert.That(udp.ValidUdpChecksum, Is.True);
            return udp.PayloadData;
        }

        TcpPacket tcp = packet.Extract<TcpPacket>();
        Assert.That(tcp.SequenceNumber, Is.EqualTo(super.Sequence + (uint)(index * size)));
        Assert.That((tcp.Finished, tcp.Push, tcp.Acknowledgment), Is.EqualTo((isLast, isLast, true)));
        Assert.That(tcp.ValidTcpChecksum, Is.True);
        return tcp.PayloadData;
    }
}
