using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace QemuL2tp.Packets;

/// <summary>
/// The Internet checksum (RFC 1071). A <em>sum</em> is the one's complement sum of 16-bit words in network byte order, not yet inverted:
/// sums may be added to one another as numbers of 32 bits, and <see cref="Finish"/> makes a checksum of them. The sum of nothing but zeros
/// is 0; any other that is folded is 1 to 0xffff.
/// </summary>
internal static unsafe partial class Checksum
{
    /// <summary>Below this the set-up of the vectors costs more than it saves.</summary>
    private const int MinVectorLength = 64;

    /// <summary>The sum of a piece of memory. A last byte without a partner is the upper half of a word.</summary>
    /// <param name="data">At any alignment.</param>
    /// <param name="length">Bytes.</param>
    /// <returns>0 to 0xffff.</returns>
    public static uint Sum(byte* data, nuint length) =>
        length < MinVectorLength ? SumScalar(data, length)
        : Vector512.IsHardwareAccelerated ? Sum512(data, length)
        : Vector256.IsHardwareAccelerated ? Sum256(data, length)
        : Vector128.IsHardwareAccelerated ? Sum128(data, length)
        : SumScalar(data, length);

    /// <summary>A sum of 32 bits in 16: 0 to 0xffff.</summary>
    public static uint Fold(uint sum)
    {
        sum = (sum & 0xffff) + (sum >> 16);
        return (sum & 0xffff) + (sum >> 16);
    }

    /// <summary>The checksum that belongs to a sum.</summary>
    /// <param name="sum">Of everything covered, with 0 in place of the checksum.</param>
    public static ushort Finish(uint sum) => (ushort)~Fold(sum);

    /// <summary>The checksum after one 16-bit word of what it covers has changed (RFC 1624, equation 3).</summary>
    /// <param name="checksum">Before.</param>
    /// <param name="old">The word that was there.</param>
    /// <param name="now">The word that is there now.</param>
    public static ushort Update(ushort checksum, ushort old, ushort now) => Finish((uint)(ushort)~checksum + (ushort)~old + now);

    /// <summary>The sum of a number of 32 bits: its two words, not folded.</summary>
    public static uint SumOf(uint number) => (number >> 16) + (number & 0xffff);

    /// <summary>Without vectors: eight bytes at a time, carries counted.</summary>
    /// <inheritdoc cref="Sum"/>
    internal static uint SumScalar(byte* data, nuint length) => ToNetworkOrder(AddScalar(0, data, length));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong AddScalar(ulong sum, byte* data, nuint length)
    {
        for (; length >= 8; length -= 8, data += 8)
            sum = AddWithCarry(sum, Unsafe.ReadUnaligned<ulong>(data));
        ulong rest = 0;
        if ((length & 4) != 0)
        {
            rest = Unsafe.ReadUnaligned<uint>(data);
            data += 4;
        }

        if ((length & 2) != 0)
        {
            rest += Unsafe.ReadUnaligned<ushort>(data);
            data += 2;
        }

        if ((length & 1) != 0)
            rest += BitConverter.IsLittleEndian ? *data : (ulong)*data << 8;
        return AddWithCarry(sum, rest);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong AddWithCarry(ulong sum, ulong word)
    {
        sum += word;
        return sum < word ? sum + 1 : sum;
    }

    /// <summary>RFC 1071, 2 (B): words are summed in the processor's byte order, and only the result is turned round.</summary>
    private static uint ToNetworkOrder(ulong sum)
    {
        sum = (sum & 0xffff_ffff) + (sum >> 32);
        sum = (sum & 0xffff_ffff) + (sum >> 32);
        ushort folded = (ushort)Fold((uint)sum);
        return BitConverter.IsLittleEndian ? BinaryPrimitives.ReverseEndianness(folded) : folded;
    }
}
