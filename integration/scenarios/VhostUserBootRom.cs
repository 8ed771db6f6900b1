using System.Buffers.Binary;
using QemuL2tp.Integration.Peers;

namespace QemuL2tp.Integration.Scenarios;

/// <summary>Drivers that are not Linux's, and know of no offloads, ask for an address: iPXE, which QEMU has in the ROM of its virtio NIC, and EDK2.</summary>
[TestFixture]
public sealed class VhostUserBootRom
{
    private const int UdpPayload = 14 + 20 + 8;
    private const int Transaction = UdpPayload + 4;
    private const int ClientAddress = UdpPayload + 28;
    private const int Options = UdpPayload + 236;
    private const uint Magic = 0x63825363;

    private static readonly Wire s_wire = UdpFarEnd.WireOf(193);

    private enum Dhcp : byte
    {
        Discover = 1,
        Offer = 2,
        Request = 3,
    }

    [Test]
    public void IPXE_is_offered_an_address_and_takes_it([Values("disable-modern=on", "disable-legacy=on,disable-modern=off")] string version) =>
        AssertBoots([], version);

    [Test]
    public void EDK2_is_offered_an_address_and_takes_it() => AssertBoots(["-bios", "/usr/share/ovmf/OVMF.fd"], "romfile=,disable-legacy=on");

    private static void AssertBoots(string[] firmware, string device)
    {
        Lab.NeedsQemuL2tp();
        using var far = new UdpFarEnd(s_wire);
        using var backEnd = new QemuL2tpBackEnd("vhost-boot-rom", s_wire) { VhostUser = true };
        backEnd.Start();
        using Child qemu = Child.Start(
            "vhost-boot-rom-qemu",
            Settings.Qemu,
            [
                "-accel", "tcg", "-m", "128M", "-object", "memory-backend-memfd,id=mem,size=128M,share=on", "-machine", "q35,memory-backend=mem",
                "-nodefaults", "-no-user-config", "-display", "none", "-boot", "n", .. firmware,
                .. backEnd.NetdevOf(s_wire),
                "-device", $"virtio-net-pci,netdev={s_wire.Id},mac=52:54:00:00:12:c1,vectors=0,rx_queue_size=1024,tx_queue_size=1024,bootindex=0,{device}",
            ]);
        byte[] discover = Await(far, Dhcp.Discover);
        far.Send(OfferTo(discover));
        byte[] request = Await(far, Dhcp.Request);
        Assert.That(request[Transaction..(Transaction + 4)], Is.EqualTo(discover[Transaction..(Transaction + 4)]));
    }

    /// <summary>Its next message of a kind, complete.</summary>
    private static byte[] Await(UdpFarEnd far, Dhcp kind)
    {
        while (true)
        {
            byte[] frame = far.Receive();
            if (InnerPacket.TryRead(frame) is not { IsTcp: false } packet)
                continue;
            packet.AssertComplete();
            // The message type is the first option that both write.
            if (frame.Length > Options + 7 && BinaryPrimitives.ReadUInt32BigEndian(frame.AsSpan(Options)) == Magic && frame[Options + 4] == 53 && frame[Options + 6] == (byte)kind)
                return frame;
        }
    }

    /// <summary>10.0.0.9 from 10.0.0.1, without a checksum of UDP; a file to boot, for EDK2 takes no offer without.</summary>
    private static byte[] OfferTo(byte[] discover)
    {
        byte[] server = [10, 0, 0, 1];
        byte[] message =
        [
            2, 1, 6, 0, .. discover[Transaction..(Transaction + 4)], 0, 0, 0, 0, 0, 0, 0, 0, 10, 0, 0, 9, .. server, 0, 0, 0, 0,
            .. discover[ClientAddress..(ClientAddress + 16)], .. new byte[64], (byte)'x', .. new byte[127], 0x63, 0x82, 0x53, 0x63,
            53, 1, (byte)Dhcp.Offer, 54, 4, .. server, 51, 4, 0, 0, 14, 16, 1, 4, 255, 255, 255, 0, 255,
        ];
        byte[] ip =
        [
            0x45, 0, .. Word(28 + message.Length), 0, 1, 0, 0, 64, 17, 0, 0, .. server, 255, 255, 255, 255,
        ];
        Word(~Sum(ip) & 0xffff).CopyTo(ip, 10);
        return [.. discover[6..12], 2, 0, 0, 0, 0, 1, 8, 0, .. ip, .. Word(67), .. Word(68), .. Word(8 + message.Length), 0, 0, .. message];
    }

    private static int Sum(byte[] bytes)
    {
        int sum = 0;
        for (int i = 0; i < bytes.Length; i += 2)
            sum += BinaryPrimitives.ReadUInt16BigEndian(bytes.AsSpan(i));
        return (sum & 0xffff) + (sum >> 16);
    }

    private static byte[] Word(int value) => [(byte)(value >> 8), (byte)value];
}
