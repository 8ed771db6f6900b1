using QemuL2tp.Guest.VhostUser.Net;
using QemuL2tp.Tests.TestSupport;

namespace QemuL2tp.Tests.Guest.VhostUser.Net;

public sealed class ChainWriterTests
{
    [Test]
    public unsafe void Bytes_go_behind_what_is_skipped_and_stop_at_the_end()
    {
        byte[] source = [.. Enumerable.Range(1, 30).Select(i => (byte)i)];
        for (int a = 1; a < 19; a++)
        {
            for (uint skip = 0; skip < 20; skip++)
            {
                using var chain = new ChainUnderTest(new byte[a], new byte[20 - a]);
                uint written = 0;
                fixed (byte* from = source)
                {
                    var writer = new ChainWriter(chain.Chain, null, skip);
                    written += writer.Write(from, 3);
                    written += writer.Write(from + written, 27);
                }

                byte[] all = [.. chain.Read().SelectMany(piece => piece)];
                Assert.That(written, Is.EqualTo(Math.Min(30, 20 - skip)));
                Assert.That(all, Is.EqualTo((byte[])[.. new byte[skip], .. source[..(int)written]]), $"cut at {a}, {skip} skipped");
            }
        }
    }
}
