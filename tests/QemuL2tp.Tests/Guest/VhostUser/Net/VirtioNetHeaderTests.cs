using QemuL2tp.Guest.VhostUser.Net;
using QemuL2tp.Tests.TestSupport;

namespace QemuL2tp.Tests.Guest.VhostUser.Net;

public sealed class VirtioNetHeaderTests
{
    [TestCase(10)]
    [TestCase(12)]
    public void R_7_A_header_in_any_pieces_is_taken_off(int header)
    {
        // Every way to cut header and frame into three pieces.
        byte[] bytes = [.. Enumerable.Range(0, header).Select(_ => (byte)0), .. Enumerable.Range(1, 20).Select(i => (byte)i)];
        for (int a = 1; a < bytes.Length - 1; a++)
        {
            for (int b = a + 1; b < bytes.Length; b++)
            {
                using var chain = new ChainUnderTest(bytes[..a], bytes[a..b], bytes[b..]);
                Assert.That(VirtioNetHeader.Read(chain.Chain, header, out int first, out uint offset).IsComplete, Is.True);
                byte[][] pieces = chain.Read();
                byte[] frame = [.. pieces[first][(int)offset..], .. pieces.Skip(first + 1).SelectMany(piece => piece)];
                Assert.That(frame, Is.EqualTo(bytes[header..]), $"cut at {a} and {b}");
            }
        }
    }

    [TestCase(0, 1, false, TestName = "a checksum is asked for")]
    [TestCase(1, 1, false, TestName = "TCPv4 segmentation is asked for")]
    [TestCase(1, 0x80, false, TestName = "an unknown kind of segmentation is asked for")]
    [TestCase(0, 2, true, TestName = "the checksum is known to be right")]
    [TestCase(2, 0xff, true, TestName = "a header length without segmentation means nothing")]
    public void A_frame_is_complete_or_not(int at, byte value, bool isComplete)
    {
        byte[] bytes = new byte[40];
        bytes[at] = value;
        using var chain = new ChainUnderTest(bytes);
        Assert.That(VirtioNetHeader.Read(chain.Chain, 12, out _, out _).IsComplete, Is.EqualTo(isComplete));
    }

    [Test]
    public void Fields_are_little_endian_and_without_gaps()
    {
        using var chain = new ChainUnderTest([1, 0x81, 2, 3, 4, 5, 6, 7], [8, 9, 10, 11, .. new byte[20]]);
        VirtioNetHeader header = VirtioNetHeader.Read(chain.Chain, 12, out _, out _);
        Assert.That((header.Flags, header.GsoType, header.HeaderLength, header.GsoSize), Is.EqualTo(((byte)1, (byte)0x81, (ushort)0x0302, (ushort)0x0504)));
        Assert.That((header.ChecksumStart, header.ChecksumOffset, header.BufferCount), Is.EqualTo(((ushort)0x0706, (ushort)0x0908, (ushort)0x0b0a)));
    }
}
