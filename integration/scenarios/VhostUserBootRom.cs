using System.Buffers.Binary;
using QemuL2tp.Integration.Peers;
using static QemuL2tp.Integration.Peers.PlainPacket;

namespace QemuL2tp.Integration.Scenarios;

/// <summary>
/// Drivers that are not Linux's, and know of no offloads: iPXE, which QEMU has in the ROM of its virtio NIC, and EDK2 ask for an address; U-Boot
/// pings and fetches a file.
/// </summary>
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

    [Test]
    public void U_Boot_pings_and_fetches_a_file([Values("disable-modern=on", "disable-legacy=on,disable-modern=off")] string version)
    {
        Lab.NeedsQemuL2tp();
        byte[] file = new byte[300_000];
        new Random(1).NextBytes(file);
        using var host = new TftpHost(s_wire, file);
        using QemuL2tpBackEnd backEnd = StartBackEnd();
        string path = Path.Combine(Settings.RunDirectory, "u-boot.serial");
        using Child qemu = StartQemu(
            backEnd,
            // Its virtio driver finds nothing on the bus of q35.
            "pc",
            ["-bios", "/usr/lib/u-boot/qemu-x86_64/u-boot.rom", "-chardev", $"socket,id=console,path={path},server=on", "-serial", "chardev:console"],
            $"romfile=,{version}");
        using var console = new SerialConsole(path);
        console.WaitFor("stop autoboot");
        console.Type("\n");
        string Say(string command)
        {
            console.WaitFor("=> ");
            console.Type(command + "\n");
            return console.WaitFor("\n");
        }

        Say("pci enum");
        Say("virtio scan");
        Say($"setenv ipaddr 10.0.0.9; setenv netmask 255.255.255.0; setenv serverip {TftpHost.Address}");
        Say($"ping {TftpHost.Address}");
        console.WaitFor($"host {TftpHost.Address} is alive");
        Say("tftpboot 1000000 file");
        console.WaitFor($"Bytes transferred = {file.Length} ");
        Say("crc32 1000000 ${filesize}");
        console.WaitFor($"==> {Crc32(file):x8}");
    }

    private static void AssertBoots(string[] firmware, string device)
    {
        Lab.NeedsQemuL2tp();
        using var far = new UdpFarEnd(s_wire);
        using QemuL2tpBackEnd backEnd = StartBackEnd();
        using Child qemu = StartQemu(backEnd, "q35", ["-boot", "n", .. firmware], "bootindex=0," + device);
        byte[] discover = Await(far, Dhcp.Discover);
        far.Send(OfferTo(discover));
        byte[] request = Await(far, Dhcp.Request);
        Assert.That(request[Transaction..(Transaction + 4)], Is.EqualTo(discover[Transaction..(Transaction + 4)]));
    }

    private static QemuL2tpBackEnd StartBackEnd()
    {
        var backEnd = new QemuL2tpBackEnd("vhost-boot-rom", s_wire) { VhostUser = true };
        backEnd.Start();
        return backEnd;
    }

    private static Child StartQemu(QemuL2tpBackEnd backEnd, string machine, string[] options, string device) => Child.Start(
        "vhost-boot-rom-qemu",
        Settings.Qemu,
        [
            "-accel", "tcg", "-m", "128M", "-object", "memory-backend-memfd,id=mem,size=128M,share=on", "-machine", $"{machine},memory-backend=mem",
            "-nodefaults", "-no-user-config", "-display", "none", .. options,
            .. backEnd.NetdevOf(s_wire),
            "-device", $"virtio-net-pci,netdev={s_wire.Id},mac=52:54:00:00:12:c1,vectors=0,rx_queue_size=1024,tx_queue_size=1024,{device}",
        ]);

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
        return [.. discover[6..12], 2, 0, 0, 0, 0, 1, 8, 0, .. Ipv4(17, server, [255, 255, 255, 255], Udp(67, 68, message))];
    }

    /// <summary>As of Ethernet, which U-Boot's command prints.</summary>
    private static uint Crc32(byte[] bytes)
    {
        uint crc = ~0u;
        foreach (byte one in bytes)
        {
            crc ^= one;
            for (int bit = 0; bit < 8; bit++)
                crc = (crc >> 1) ^ ((crc & 1) * 0xedb88320);
        }

        return ~crc;
    }
}
