using System.Runtime.InteropServices;
using QemuL2tp.Datagrams;
using QemuL2tp.Linux;
using Tmds.Linux;

namespace QemuL2tp.Tests.Datagrams;

/// <summary>The control messages beside a datagram: whatever they are, reading ends within them.</summary>
internal sealed class ReceiveControlTests
{
    private const int Gro = Glibc.UDP_GRO;
    private static int Overflow => LibC.SO_RXQ_OVFL;

    [Test]
    public void Nothing_is_said_without_control_messages()
    {
        ReceiveControl control = Read();
        Assert.That((control.SegmentLength, control.HasDropped), Is.EqualTo((0, false)));
    }

    [Test]
    public void Both_are_found_in_any_order()
    {
        foreach (byte[] bytes in new byte[][]
        {
            [.. Message(LibC.IPPROTO_UDP, Gro, 1400), .. Message(LibC.SOL_SOCKET, Overflow, 7)],
            [.. Message(LibC.SOL_SOCKET, Overflow, 7), .. Message(LibC.IPPROTO_UDP, Gro, 1400)],
            [.. Message(LibC.IPPROTO_IP, 8, 5), .. Message(LibC.SOL_SOCKET, Overflow, 7), .. Message(LibC.IPPROTO_UDP, Gro, 1400)],
        })
        {
            ReceiveControl control = Read(bytes);
            Assert.That((control.SegmentLength, control.Dropped, control.HasDropped), Is.EqualTo((1400, 7u, true)));
        }
    }

    [Test]
    public void The_same_number_at_another_level_is_something_else()
    {
        ReceiveControl control = Read(Message(LibC.SOL_SOCKET, Gro, 1400), Message(LibC.IPPROTO_UDP, Overflow, 7));
        Assert.That((control.SegmentLength, control.HasDropped), Is.EqualTo((0, false)));
    }

    [TestCase(0UL)]
    [TestCase(15UL)]
    [TestCase(19UL)]
    [TestCase(25UL)]
    [TestCase(ulong.MaxValue)]
    public void A_length_that_is_none_ends_the_reading(ulong length)
    {
        byte[] wrong = Message(LibC.IPPROTO_UDP, Gro, 1400);
        BitConverter.TryWriteBytes(wrong, length);
        Assert.That(Read(wrong).SegmentLength, Is.Zero);
    }

    private static byte[] Message(int level, int type, uint value) =>
        [.. BitConverter.GetBytes(20UL), .. BitConverter.GetBytes(level), .. BitConverter.GetBytes(type), .. BitConverter.GetBytes(value), 0, 0, 0, 0];

    private static unsafe ReceiveControl Read(params byte[][] messages)
    {
        byte[] bytes = [.. messages.SelectMany(message => message)];
        // At the end of a block of its own, so that a guard of the allocator is near.
        void* copy = NativeMemory.Alloc((nuint)bytes.Length + 1);
        bytes.CopyTo(new Span<byte>(copy, bytes.Length));
        var message = new msghdr { msg_control = copy, msg_controllen = bytes.Length };
        ReceiveControl control = ReceiveControl.Read(&message);
        NativeMemory.Free(copy);
        return control;
    }
}
