using System.Runtime.Intrinsics;

namespace QemuL2tp.Packets;

/// <summary>
/// The same sum by vectors. Each 64-bit lane adds the lower and the upper halves of its words to one counter each, which cannot overflow
/// below 2^32 rounds, so no carry is lost; modulo 2^16 - 1 an upper half counts as much as a lower one.
/// </summary>
internal static unsafe partial class Checksum
{
    /// <inheritdoc cref="Sum"/>
    internal static uint Sum512(byte* data, nuint length)
    {
        Vector512<ulong> mask = Vector512.Create(0xffff_fffful);
        Vector512<ulong> low = Vector512<ulong>.Zero;
        Vector512<ulong> high = Vector512<ulong>.Zero;
        Vector512<ulong> nextLow = Vector512<ulong>.Zero;
        Vector512<ulong> nextHigh = Vector512<ulong>.Zero;
        for (; length >= 128; length -= 128, data += 128)
        {
            Vector512<ulong> words = Vector512.Load((ulong*)data);
            Vector512<ulong> next = Vector512.Load((ulong*)(data + 64));
            low += words & mask;
            high += words >>> 32;
            nextLow += next & mask;
            nextHigh += next >>> 32;
        }

        if (length >= 64)
        {
            Vector512<ulong> words = Vector512.Load((ulong*)data);
            low += words & mask;
            high += words >>> 32;
            data += 64;
            length -= 64;
        }

        return ToNetworkOrder(AddScalar(Vector512.Sum(low + high + nextLow + nextHigh), data, length));
    }

    /// <inheritdoc cref="Sum"/>
    internal static uint Sum256(byte* data, nuint length)
    {
        Vector256<ulong> mask = Vector256.Create(0xffff_fffful);
        Vector256<ulong> low = Vector256<ulong>.Zero;
        Vector256<ulong> high = Vector256<ulong>.Zero;
        Vector256<ulong> nextLow = Vector256<ulong>.Zero;
        Vector256<ulong> nextHigh = Vector256<ulong>.Zero;
        for (; length >= 64; length -= 64, data += 64)
        {
            Vector256<ulong> words = Vector256.Load((ulong*)data);
            Vector256<ulong> next = Vector256.Load((ulong*)(data + 32));
            low += words & mask;
            high += words >>> 32;
            nextLow += next & mask;
            nextHigh += next >>> 32;
        }

        return ToNetworkOrder(AddScalar(Vector256.Sum(low + high + nextLow + nextHigh), data, length));
    }

    /// <inheritdoc cref="Sum"/>
    internal static uint Sum128(byte* data, nuint length)
    {
        Vector128<ulong> mask = Vector128.Create(0xffff_fffful);
        Vector128<ulong> low = Vector128<ulong>.Zero;
        Vector128<ulong> high = Vector128<ulong>.Zero;
        Vector128<ulong> nextLow = Vector128<ulong>.Zero;
        Vector128<ulong> nextHigh = Vector128<ulong>.Zero;
        for (; length >= 32; length -= 32, data += 32)
        {
            Vector128<ulong> words = Vector128.Load((ulong*)data);
            Vector128<ulong> next = Vector128.Load((ulong*)(data + 16));
            low += words & mask;
            high += words >>> 32;
            nextLow += next & mask;
            nextHigh += next >>> 32;
        }

        return ToNetworkOrder(AddScalar(Vector128.Sum(low + high + nextLow + nextHigh), data, length));
    }
}
