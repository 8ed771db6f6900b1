using System.Buffers.Binary;

namespace QemuL2tp.Packets;

/// <summary>A place in a list of fragments, which are read from front to back as if they were one piece.</summary>
/// <param name="fragments">The first fragment; any of them may be empty.</param>
/// <param name="count">Number of fragments.</param>
internal unsafe struct FragmentReader(PacketFragment* fragments, int count)
{
    private PacketFragment* _fragment = fragments;
    private readonly PacketFragment* _end = fragments + count;

    /// <summary>Bytes of the current fragment that were read.</summary>
    private nuint _offset;

    /// <summary>What is next in the current fragment, in place; goes on behind it. There must be something left.</summary>
    /// <param name="most">Bytes wanted.</param>
    /// <param name="data">Where they are.</param>
    /// <returns>Bytes there: up to <paramref name="most"/>, 0 where a fragment is empty.</returns>
    public nuint Next(nuint most, out byte* data)
    {
        nuint part = Math.Min(most, _fragment->Length - _offset);
        data = _fragment->Base + _offset;
        _offset += part;
        if (_offset == _fragment->Length)
        {
            _fragment++;
            _offset = 0;
        }

        return part;
    }

    /// <summary>Goes on without reading, to the end at most.</summary>
    /// <param name="length">Bytes.</param>
    public void Skip(nuint length)
    {
        while (length > 0 && _fragment < _end)
            length -= Next(length, out _);
    }

    /// <summary>Copies the next bytes, which may be fewer than wanted when the fragments end.</summary>
    /// <param name="into">Room for <paramref name="length"/> bytes.</param>
    /// <param name="length">Bytes wanted.</param>
    /// <returns>Bytes copied.</returns>
    public int CopyTo(byte* into, int length)
    {
        int copied = 0;
        while (copied < length && _fragment < _end)
        {
            nuint part = Next((nuint)(length - copied), out byte* data);
            Buffer.MemoryCopy(data, into + copied, part, part);
            copied += (int)part;
        }

        return copied;
    }

    /// <summary>The sum (RFC 1071) of the next bytes, as if a 16-bit word began with the first of them.</summary>
    /// <param name="length">Bytes; what the fragments lack counts as 0.</param>
    /// <returns>0 to 0xffff.</returns>
    public uint Sum(nuint length)
    {
        uint sum = 0;
        bool isOdd = false;
        while (length > 0 && _fragment < _end)
        {
            nuint part = Next(length, out byte* data);
            uint next = Checksum.Sum(data, part);
            // RFC 1071, 2 (B): bytes that begin in the middle of a word add to the other half of the sum.
            sum = Checksum.Fold(sum + (isOdd ? BinaryPrimitives.ReverseEndianness((ushort)next) : next));
            isOdd ^= (part & 1) != 0;
            length -= part;
        }

        return sum;
    }
}
