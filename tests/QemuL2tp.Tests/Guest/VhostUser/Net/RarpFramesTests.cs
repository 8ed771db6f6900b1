using QemuL2tp.Guest.VhostUser.Net;
using QemuL2tp.Tests.TestSupport;

namespace QemuL2tp.Tests.Guest.VhostUser.Net;

public sealed class RarpFramesTests
{
    // ff:ff:ff:ff:ff:ff, source, 0x8035, Ethernet, IPv4, 6, 4, request reverse, addresses (RFC 903), padding to 60 bytes.
    private const string Expected =
        "ffffffffffff" + "525400123456" + "8035" + "0001" + "0800" + "06" + "04" + "0003"
        + "525400123456" + "00000000" + "525400123456" + "00000000" + "000000000000000000000000000000000000";

    [Test]
    public void The_frame_is_a_broadcast_reverse_request_of_60_bytes()
    {
        using var rarp = new RarpFrames();
        using var batch = new BatchUnderTest();
        rarp.Add(0x5254_0012_3456);
        rarp.MoveTo(batch.Batch, 7);

        Assert.That(batch.Batch.Count, Is.EqualTo(1));
        Assert.That(batch.Batch[0].Token, Is.EqualTo((nuint)7));
        Assert.That(Convert.ToHexStringLower(batch.BytesOf(0)), Is.EqualTo(Expected));
    }

    [Test]
    public void What_is_in_a_batch_is_not_overwritten_by_what_comes_meanwhile()
    {
        using var rarp = new RarpFrames();
        using var batch = new BatchUnderTest();
        using var next = new BatchUnderTest();
        for (uint round = 0; round < 5; round++)
        {
            for (uint i = 0; i < 40; i++)
                rarp.Add((round << 8) + i);
            rarp.MoveTo(batch.Batch, 0);
            for (uint i = 0; i < 40; i++)
                rarp.Add(0xffff);

            Assert.That(batch.Batch.Count, Is.EqualTo(32), "more than that say nothing new");
            for (int i = 0; i < batch.Batch.Count; i++)
                Assert.That(batch.BytesOf(i)[10..12], Is.EqualTo((byte[])[(byte)round, (byte)i]));
            batch.Take();
            rarp.MoveTo(next.Batch, 0);
            next.Take();
        }
    }
}
