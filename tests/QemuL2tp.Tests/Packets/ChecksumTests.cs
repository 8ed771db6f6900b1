using System.Runtime.InteropServices;
using QemuL2tp.Packets;
using QemuL2tp.Tests.TestSupport;
using QemuL2tp.Tests.TestSupport.Packets;

namespace QemuL2tp.Tests.Packets;

internal sealed unsafe class ChecksumTests
{
    private const int MaxLength = 4096;
    private const int Alignments = 64;

    public enum Content
    {
        Random,
        AllOnes,
        Zeros,
    }

    [Test]
    public void The_example_of_RFC_1071_gives_its_sum()
    {
        byte[] example = [0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7];
        fixed (byte* data = example)
            Assert.That(Checksum.Sum(data, 8), Is.EqualTo(0xddf2));
    }

    [Test]
    public void Each_way_gives_the_sum_of_a_plain_loop_at_each_length_and_alignment([Values] Content content)
    {
        byte* memory = (byte*)NativeMemory.AlignedAlloc(MaxLength + Alignments, Alignments);
        Fill(new Span<byte>(memory, MaxLength + Alignments), content);
        for (int length = 0; length <= MaxLength; length++)
        {
            // Each alignment with short lengths, one with each of the long ones.
            int first = length <= 300 ? 0 : length * 7 % Alignments;
            int last = length <= 300 ? Alignments - 1 : first;
            for (int alignment = first; alignment <= last; alignment++)
            {
                byte* data = memory + alignment;
                uint expected = PlainSum(new ReadOnlySpan<byte>(data, length));
                if (Checksum.Sum(data, (nuint)length) != expected || Checksum.SumScalar(data, (nuint)length) != expected || Checksum.Sum128(data, (nuint)length) != expected
                    || Checksum.Sum256(data, (nuint)length) != expected || Checksum.Sum512(data, (nuint)length) != expected)
                    Assert.Fail($"{length} bytes at {alignment}");
            }
        }

        NativeMemory.AlignedFree(memory);
    }

    [TestCase(65535)]
    [TestCase(65536)]
    [TestCase(1 << 20)]
    public void No_carry_is_lost_in_much_memory(int length)
    {
        byte[] bytes = new byte[length];
        bytes.AsSpan().Fill(0xff);
        fixed (byte* data = bytes)
        {
            uint expected = PlainSum(bytes);
            Assert.That(Checksum.SumScalar(data, (nuint)length), Is.EqualTo(expected));
            Assert.That(Checksum.Sum128(data, (nuint)length), Is.EqualTo(expected));
            Assert.That(Checksum.Sum256(data, (nuint)length), Is.EqualTo(expected));
            Assert.That(Checksum.Sum512(data, (nuint)length), Is.EqualTo(expected));
        }
    }

    [Test]
    public void Fragments_of_odd_length_do_not_shift_the_sum([Values(1, 2, 3, 4, 5, 6, 7, 8)] int seed)
    {
        FastRandom random = new((ulong)seed);
        for (int run = 0; run < 200; run++)
        {
            byte[] bytes = RandomBytes(random, random.Next(700));
            using FragmentedFrame frame = new(bytes, FragmentedFrame.RandomCuts(random, bytes.Length, random.Next(20)));
            FragmentReader reader = frame.Reader;
            int skipped = random.Next(bytes.Length + 1);
            int first = random.Next(bytes.Length - skipped + 1);
            reader.Skip((nuint)skipped);
            Assert.That(reader.Sum((nuint)first), Is.EqualTo(PlainSum(bytes.AsSpan(skipped, first))), "from the middle to the middle");
            Assert.That(reader.Sum((nuint)(bytes.Length - skipped - first)), Is.EqualTo(PlainSum(bytes.AsSpan(skipped + first))), "the rest");
            Assert.That(reader.Sum(100), Is.Zero, "behind the end");
        }
    }

    [Test]
    public void What_the_fragments_lack_counts_as_zero()
    {
        using FragmentedFrame frame = new([1, 2, 3], 1, 1);
        FragmentReader reader = frame.Reader;
        byte* into = stackalloc byte[8];
        Assert.That(frame.Reader.Sum(1000), Is.EqualTo(0x0402));
        Assert.That(reader.CopyTo(into, 8), Is.EqualTo(3));
        Assert.That(new ReadOnlySpan<byte>(into, 3).ToArray(), Is.EqualTo(new byte[] { 1, 2, 3 }));
        reader.Skip(1000);
        Assert.That(reader.CopyTo(into, 8), Is.Zero);
    }

    /// <summary>RFC 1624, 4: where the equations before it went wrong.</summary>
    [Test]
    public void The_example_of_RFC_1624_gives_its_checksum() => Assert.That(Checksum.Update(0xdd2f, 0x5555, 0x3285), Is.Zero);

    [Test]
    public void An_updated_checksum_is_what_computing_it_anew_gives()
    {
        FastRandom random = new(1624);
        for (int run = 0; run < 10_000; run++)
        {
            byte[] header = [0x45, .. RandomBytes(random, 19)];
            (header[10], header[11]) = (0, 0);
            ushort before = NaiveChecksum.Of(header);
            ushort old = (ushort)((header[2] << 8) | header[3]);
            ushort now = (ushort)random.Next(65536);
            (header[2], header[3]) = ((byte)(now >> 8), (byte)now);
            Assert.That(Checksum.Update(before, old, now), Is.EqualTo(NaiveChecksum.Of(header)));
        }
    }

    private static void Fill(Span<byte> memory, Content content)
    {
        if (content == Content.Random)
            RandomBytes(new FastRandom(1071), memory.Length).CopyTo(memory);
        else
            memory.Fill(content == Content.AllOnes ? (byte)0xff : (byte)0);
    }

    private static byte[] RandomBytes(FastRandom random, int length)
    {
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++)
            bytes[i] = (byte)random.Next(256);
        return bytes;
    }

    private static uint PlainSum(ReadOnlySpan<byte> bytes)
    {
        uint sum = 0;
        for (int i = 0; i < bytes.Length; i += 2)
        {
            sum += ((uint)bytes[i] << 8) | (i + 1 < bytes.Length ? bytes[i + 1] : 0u);
            sum = (sum & 0xffff) + (sum >> 16);
        }

        return sum;
    }
}
