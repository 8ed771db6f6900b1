using System.Globalization;
using QemuL2tp.Integration.Peers;

namespace QemuL2tp.Integration.Performance;

/// <summary>
/// TCP of one guest by each kind of guest port, measured in turn, several rounds, every second one the other way round: iperf3 from
/// the guest and to it, with one stream and with four. All NICs of the guest have the same properties and an MTU of 1500; the outer
/// network has 1600, so that no packet is fragmented.
///
/// To the Linux kernel: guest, port, bridge, tap, an emulated machine with <c>ip l2tp</c>. To ourselves: guest, port, bridge, veth pair to
/// another namespace, and there one qemu-l2tp for all rows. Its guest is the network stack of that namespace, by vhost-user too, so that
/// two processors have not two guests to emulate.
///
/// The guest, and the kernel as its peer, is emulated, which sets the limit. Two rows show where: <c>tap</c>, with its own offloads and without
/// L2TPv3, ends in the NIC of the same machine, or in that namespace right behind the veth pair: what the guest can do. <c>host, no
/// guest</c> has the host's network stack in the guest's place, by vhost-user (<c>vhost-tap.c</c>): what the peer can do.
/// </summary>
[TestFixture]
public sealed class PerformanceOfGuestTcp
{
    private static readonly (string Name, string Options)[] s_loads =
    [
        ("guest → peer, 1 stream", ""),
        ("guest → peer, 4 streams", "--parallel 4"),
        ("peer → guest, 1 stream", "--reverse"),
        ("peer → guest, 4 streams", "--reverse --parallel 4"),
    ];

    [Test]
    public void Bits_per_second_to_another_qemu_l2tp() => Measure("To another qemu-l2tp", () => new OurTcpPeer());

    [Test]
    public void Bits_per_second_to_the_Linux_kernel() => Measure("To the Linux kernel", () => new KernelTcpPeer());

    private static void Measure(string title, Func<IGuestTcpPeer> makePeer)
    {
        Lab.NeedsQemuL2tp();
        using var lab = new GuestTcpLab(makePeer);
        var table = new GuestTcpTable();
        foreach (GuestTcpPort port in lab.Ports)
        {
            // Emulator and runtime translate what they have not run before.
            port.Measure(lab.Guest, "", seconds: 1);
            port.Measure(lab.Guest, "--reverse", seconds: 1);
        }

        for (int round = 0; round < Settings.Rounds; round++)
        {
            foreach ((string name, string options) in s_loads)
            {
                foreach (GuestTcpPort port in round % 2 == 0 ? lab.Ports : lab.Ports.Reverse())
                    table.Add(name, port.Name, port.Measure(lab.Guest, options, Settings.SecondsEach));
            }
        }

        TestContext.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Settings.Rounds} rounds of {Settings.SecondsEach} s; figures are medians, ratios those of each round.\n"));
        TestContext.Out.WriteLine(table.Print(title, [.. lab.Ports.Select(port => port.Name)], [GuestTcpLab.BuiltIn, GuestTcpLab.Tap, GuestTcpLab.Host]));
    }
}
