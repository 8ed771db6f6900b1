using QemuL2tp.Integration.Peers;
using QemuL2tp.Tests.TestSupport;

namespace QemuL2tp.Integration.Scenarios;

/// <summary>A hundred connections that end without a farewell leave no descriptor and no mapping behind.</summary>
[TestFixture]
public sealed class VhostUserFootprint
{
    private const uint RingSize = 256;
    private const ulong RingBytes = 0x4000;
    private static readonly Wire s_wire = UdpFarEnd.WireOf(174);

    [Test]
    public void After_a_hundred_connections_is_as_after_one()
    {
        Lab.NeedsQemuL2tp();
        using var backEnd = new QemuL2tpBackEnd("vhost-footprint", s_wire) { VhostUser = true };
        backEnd.Start();
        (Footprint connected, Footprint alone) first = ConnectWithQemu(backEnd);
        for (int i = 0; i < 99; i++)
        {
            Connect(backEnd, hasMemoryTable: i % 2 == 0);
            Until.True(() => Footprint.Of(backEnd.Process) == first.alone, () => $"as after the first one ({first.alone}, now {Footprint.Of(backEnd.Process)})");
        }

        (Footprint connected, Footprint alone) last = ConnectWithQemu(backEnd);
        TestContext.Out.WriteLine($"with QEMU connected: {first.connected} the first time, {last.connected} the last; after it: {first.alone}, {last.alone}");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(last, Is.EqualTo(first));
            Assert.That(first.connected.SharedMappings, Is.GreaterThan(first.alone.SharedMappings), "guest memory is seen");
        }
    }

    // A real QEMU with a driver in its guest, killed while frames are on the way.
    private static (Footprint Connected, Footprint Alone) ConnectWithQemu(QemuL2tpBackEnd backEnd)
    {
        using var far = new GeneratedFrames(s_wire);
        using Vm guest = GuestVm.Boot("vhost-footprint-guest", machine: 13, [new(s_wire, backEnd.NetdevOf(s_wire))]);
        guest.Batch(s_wire.GuestCommands());
        using var generator = new PacketGenerator(guest, s_wire, rate: 5000);
        generator.Start();
        far.WaitForMore();
        Footprint connected = Footprint.Of(backEnd.Process);
        int before = Ends(backEnd);
        guest.Kill();
        return (connected, Alone(backEnd, before));
    }

    // The harness as front end: four pairs of rings, a dirty log, and a sudden end.
    private static void Connect(QemuL2tpBackEnd backEnd, bool hasMemoryTable)
    {
        using GuestRam ram = GuestRam.OfPc();
        using var log = new MemoryFile(4096);
        using var qemu = new MockQemu(ram, pairs: 4, ring => RingLayout.At(0x10_0000 + ((ulong)ring * RingBytes), RingSize)) { HasMemoryTable = hasMemoryTable };
        using MockFrontEnd frontEnd = MockFrontEnd.Connect(backEnd.SocketOf(s_wire));
        frontEnd.Run(qemu.Connect());
        frontEnd.Run(qemu.Start());
        frontEnd.Run(qemu.StartLog(4096, log.Descriptor));
    }

    // It notices the end of a connection on its own time, and tells of it when everything is closed.
    private static Footprint Alone(QemuL2tpBackEnd backEnd, int connectionsBefore)
    {
        Until.True(() => Ends(backEnd) > connectionsBefore, "the end of the connection is noticed");
        return Footprint.Of(backEnd.Process);
    }

    private static int Ends(QemuL2tpBackEnd backEnd) => backEnd.Process.Error.Split("QEMU disconnected at").Length - 1;
}
