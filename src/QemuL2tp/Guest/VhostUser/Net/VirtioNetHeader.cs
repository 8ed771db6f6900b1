using QemuL2tp.Guest.VhostUser.Ring;

namespace QemuL2tp.Guest.VhostUser.Net;

/// <summary>
/// <c>virtio_net_hdr</c>, little endian (virtio 1.3, 5.1.6): u8 flags, u8 gso_type, u16 hdr_len, u16 gso_size, u16 csum_start,
/// u16 csum_offset, and in the 12-byte form u16 num_buffers.
/// </summary>
internal static unsafe class VirtioNetHeader
{
    public const int MaxLength = 12;
    public const int BufferCountOffset = 10;

    private const byte NeedsChecksum = 1;

    /// <summary>
    /// Reads the header of a transmitted frame, which may share a piece with the frame or be spread over several, and takes
    /// it off the chain: <paramref name="first"/> is the piece that the frame begins in, at <paramref name="offset"/>.
    /// </summary>
    /// <param name="chain">At least <paramref name="length"/> bytes.</param>
    /// <param name="length">Bytes of the header.</param>
    /// <returns>True when the frame is complete as it is.</returns>
    public static bool Read(BufferChain chain, int length, out int first, out uint offset)
    {
        byte* header = stackalloc byte[MaxLength];
        (first, offset) = (0, 0);
        for (int have = 0; have < length;)
        {
            ref BufferPiece piece = ref chain.Pieces[first];
            int part = (int)Math.Min((uint)(length - have), piece.Length);
            new ReadOnlySpan<byte>(piece.Base, part).CopyTo(new Span<byte>(header + have, part));
            have += part;
            offset = (uint)part;
            if (offset == piece.Length)
                (first, offset) = (first + 1, 0);
        }

        return (header[0] & NeedsChecksum) == 0 && header[1] == 0;
    }
}
