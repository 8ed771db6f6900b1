using QemuL2tp.Guest.VhostUser.Memory;
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

    [Test]
    public unsafe void Each_write_marks_the_pages_that_it_touches()
    {
        using var chain = new ChainUnderTest(new byte[3 * 4096]);
        using var file = new MemoryFile(64);
        using DirtyLog log = DirtyLog.TryMap(64, 0, file.Duplicate(), out _)!;
        fixed (byte* from = new byte[4096])
        {
            var writer = new ChainWriter(chain.Chain, log, 0);
            writer.Write(from, 4090);
            Assert.That(file.Bytes[0], Is.EqualTo(0b010), "the piece begins in page 1");
            writer.Write(from, 4096);
            Assert.That(file.Bytes[0], Is.EqualTo(0b110));
            writer.Write(from, 10);
            Assert.That(file.Bytes[0], Is.EqualTo(0b1110));
        }
    }
}
