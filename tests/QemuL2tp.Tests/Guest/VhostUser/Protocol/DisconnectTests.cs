using QemuL2tp.Tests.TestSupport;

namespace QemuL2tp.Tests.Guest.VhostUser.Protocol;

public class DisconnectTests
{
    [Test]
    public void V_15_a_connection_that_ends_at_any_byte_leaves_nothing([Values] bool hasMemoryTable)
    {
        using GuestRam ram = GuestRam.OfPc();
        using MockQemu qemu = new(ram, 1, index => RingLayout.At(0x10_0000 + ((ulong)index * 0x1_0000), 256))
        {
            HasMemoryTable = hasMemoryTable,
            Mtu = 1500,
        };
        using var log = new MemoryFile(0x2000);
        MockMessage[] messages = [.. qemu.Connect(), .. qemu.Start(), .. qemu.StartLog(0x2000, log.Descriptor)];
        int length = messages.Sum(message => message.Bytes.Length);
        int most = 0;
        using (var backEnd = new BackEndUnderTest())
        {
            for (int end = 0; end <= length; end++)
            {
                using (MockFrontEnd frontEnd = backEnd.Connect())
                    SendUpTo(end, messages, frontEnd, backEnd);
                most = Math.Max(most, backEnd.Device.Rings.Count(ring => ring.IsStarted));
                backEnd.Loop.Turn();

                Assert.That((backEnd.Ends, backEnd.Fault), Is.EqualTo((end + 1, default(string))));
                Assert.That(backEnd.Loop.Watched, Is.Empty);
            }
        }

        using (Assert.EnterMultipleScope())
        {
            Assert.That(most, Is.EqualTo(2), "it got as far as rings that run");
            Assert.That((ram.File.OtherDescriptors, ram.File.OtherMappings), Is.EqualTo((0, 0)));
            Assert.That((log.OtherDescriptors, log.OtherMappings), Is.EqualTo((0, 0)));
            Assert.That(QemuRing.CountOthers(qemu.Rings), Is.Zero);
        }
    }

    [Test]
    public void V_15_a_connection_that_the_back_end_ends_leaves_nothing()
    {
        using GuestRam ram = GuestRam.OfPc();
        using MockQemu qemu = new(ram, 2, index => RingLayout.At(0x10_0000 + ((ulong)index * 0x1_0000), 256));
        using (var backEnd = new BackEndUnderTest())
        {
            using MockFrontEnd frontEnd = backEnd.Connect();
            frontEnd.Run(qemu.Connect());
            frontEnd.Run(qemu.Start());
            // Read by nobody, and a message that is half there.
            frontEnd.SendBytes(qemu.Start().First().Bytes.AsSpan(0, 7), ram.File.Descriptor, ram.File.Descriptor);
            backEnd.Loop.Turn();
        }

        Assert.That((ram.File.OtherDescriptors, ram.File.OtherMappings, QemuRing.CountOthers(qemu.Rings)), Is.EqualTo((0, 0, 0)));
    }

    private static void SendUpTo(int end, MockMessage[] messages, MockFrontEnd frontEnd, BackEndUnderTest backEnd)
    {
        foreach (MockMessage message in messages)
        {
            byte[] bytes = message.Bytes;
            int part = Math.Min(end, bytes.Length);
            if (part == 0)
                break;
            frontEnd.SendBytes(bytes.AsSpan(0, part), message.Descriptors);
            end -= part;
        }

        // All but the end itself.
        backEnd.Loop.Turn();
    }
}
