using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using QemuL2tp.Guest.VhostUser.Ring;

namespace QemuL2tp.Guest.VhostUser.Net;

/// <summary><c>virtio_net_hdr</c>, little endian (virtio 1.3, 5.1.6). The 10-byte form ends in front of <see cref="BufferCount"/>.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
internal unsafe struct VirtioNetHeader
{
    public const byte NeedsChecksum = 1;
    public const byte DataValid = 2;

    public byte Flags;
    public byte GsoType;
    public ushort HeaderLength;
    public ushort GsoSize;
    public ushort ChecksumStart;
    public ushort ChecksumOffset;
    public ushort BufferCount;

    /// <summary>Nothing is left to do to the frame.</summary>
    public readonly bool IsComplete => (Flags & NeedsChecksum) == 0 && GsoType == 0;

    /// <summary>
    /// Reads the header of a transmitted frame, which may share a piece with the frame or be spread over several, and takes
    /// it off the chain: <paramref name="first"/> is the piece that the frame begins in, at <paramref name="offset"/>.
    /// </summary>
    /// <param name="chain">At least <paramref name="length"/> bytes.</param>
    /// <param name="length">Bytes of the header: 12 or 10.</param>
    public static VirtioNetHeader Read(BufferChain chain, int length, out int first, out uint offset)
    {
        Unsafe.SkipInit(out VirtioNetHeader header);
        (first, offset) = (0, 0);
        for (int have = 0; have < length;)
        {
            ref BufferPiece piece = ref chain.Pieces[first];
            int part = (int)Math.Min((uint)(length - have), piece.Length);
            new ReadOnlySpan<byte>(piece.Base, part).CopyTo(new Span<byte>((byte*)&header + have, part));
            have += part;
            offset = (uint)part;
            if (offset == piece.Length)
                (first, offset) = (first + 1, 0);
        }

        return header;
    }
}
