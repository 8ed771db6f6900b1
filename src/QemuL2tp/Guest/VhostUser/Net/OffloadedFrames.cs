using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using QemuL2tp.Frames;
using QemuL2tp.Guest.VhostUser.Ring;
using QemuL2tp.Packets;

namespace QemuL2tp.Guest.VhostUser.Net;

/// <summary>
/// Frames whose checksum or segmentation the guest has left to us: makes those that leave, which are what a guest without offloads would have
/// sent. Headers and checksums are written to memory of its own; everything else stays where it is in the guest's.
/// </summary>
internal sealed unsafe class OffloadedFrames : IDisposable
{
    /// <summary>Bytes of a super-frame at most: what the length field of IP can say, and an Ethernet header with two VLAN tags.</summary>
    public const int MaxLength = 65535 + 22;

    /// <summary>Pieces that a frame may lie in; what is made of it may have two more.</summary>
    private const int MaxPieces = FrameBatch.MaxFragments - 2;

    private const int ChecksumLength = 2;
    private const byte EcnBit = 0x80;
    private const byte AccurateEcnBit = 0x10;

    private readonly byte* _arena = (byte*)NativeMemory.Alloc(FrameBatch.MaxCapacity, PacketHeaders.MaxLength);
    private readonly PacketFragment* _pieces = (PacketFragment*)NativeMemory.Alloc(MaxPieces, (nuint)sizeof(PacketFragment));
    private int _pieceCount;
    private int _used;

    /// <summary>Super-frames that were cut; read on any thread.</summary>
    public long SuperFrames;

    /// <summary>Before a batch is filled: nothing refers to what was written for the one before.</summary>
    public void Clear() => _used = 0;

    /// <summary>Adds what is made of a frame to a batch, or the reason why nothing is.</summary>
    /// <param name="batch">Where to.</param>
    /// <param name="chain">The buffer.</param>
    /// <param name="first">The piece that the frame begins in.</param>
    /// <param name="offset">Where in it.</param>
    /// <param name="header">What was in front of it; not complete.</param>
    /// <param name="features">What was negotiated.</param>
    /// <param name="token">The buffer's.</param>
    /// <returns>False when it does not fit beside what is in the batch: nothing was added.</returns>
    public bool TryAdd(FrameBatch batch, BufferChain chain, int first, uint offset, in VirtioNetHeader header, ulong features, BufferToken token)
    {
        FrameVerdict verdict = Read(header, features, out PacketOffload offload);
        if (verdict != FrameVerdict.Accept)
            return TryAddDropped(batch, token, verdict);
        if (chain.Count - first > MaxPieces)
            return TryAddDropped(batch, token, FrameVerdict.TooManyFragments);
        int length = CollectPieces(chain, first, offset, MaxLength);
        if (length < 0)
            return TryAddDropped(batch, token, FrameVerdict.FrameTooLong);

        byte* start = stackalloc byte[PacketHeaders.MaxLength];
        FragmentReader reader = new(_pieces, _pieceCount);
        int copied = reader.CopyTo(start, Math.Min(length, PacketHeaders.MaxLength));
        PacketFault parsed = PacketHeaders.Parse(new ReadOnlySpan<byte>(start, copied), length, out PacketHeaders headers);
        return offload.Type == GsoType.None
            ? TryAddCompleted(batch, parsed, headers, offload, length, token)
            : TryAddSegments(batch, start, parsed, headers, offload, length, token);
    }

    public void Dispose()
    {
        NativeMemory.Free(_arena);
        NativeMemory.Free(_pieces);
    }

    /// <summary>Takes from the header what was negotiated.</summary>
    private static FrameVerdict Read(in VirtioNetHeader header, ulong features, out PacketOffload offload)
    {
        PacketFault fault = PacketOffload.Read(header.Flags, header.GsoType, header.GsoSize, header.ChecksumStart, header.ChecksumOffset, out offload);
        if ((features & Features.OffloadsFromGuest) == 0)
            return FrameVerdict.OffloadNotNegotiated;
        if (fault != PacketFault.None)
            return VerdictOf(fault);
        ulong needed = offload.Type switch
        {
            GsoType.Tcp4 => Features.HostTso4,
            GsoType.Tcp6 => Features.HostTso6,
            GsoType.Udp => Features.HostUso,
            _ => Features.Checksum,
        };
        if ((header.GsoType & EcnBit) != 0)
            needed |= Features.HostEcn;
        bool isNegotiated = (features & needed) == needed && (header.GsoType & AccurateEcnBit) == 0;
        return isNegotiated ? FrameVerdict.Accept : FrameVerdict.OffloadNotNegotiated;
    }

    /// <summary>Lists the pieces of the frame.</summary>
    /// <returns>Bytes of the frame; -1: more than <paramref name="most"/>.</returns>
    private int CollectPieces(BufferChain chain, int first, uint offset, int most)
    {
        _pieceCount = 0;
        long length = 0;
        for (int i = first; i < chain.Count; i++, offset = 0)
        {
            uint part = chain.Pieces[i].Length - offset;
            _pieces[_pieceCount++] = new PacketFragment { Base = chain.Pieces[i].Base + offset, Length = part };
            length += part;
        }

        return length > most ? -1 : (int)length;
    }

    /// <summary>A frame of ordinary size, with two bytes of ours in place of its checksum.</summary>
    private bool TryAddCompleted(FrameBatch batch, PacketFault parsed, in PacketHeaders headers, in PacketOffload offload, int length, BufferToken token)
    {
        FragmentReader frame = new(_pieces, _pieceCount);
        PacketFault fault = ChecksumCompletion.Compute(parsed, headers, offload, frame, length, out int at, out ushort checksum);
        if (fault != PacketFault.None)
            return TryAddDropped(batch, token, VerdictOf(fault));
        if (!batch.TryBegin(_pieceCount + 2, token.Value))
            return batch.Count == 0 && TryAddDropped(batch, token, FrameVerdict.TooManyFragments);

        byte* own = _arena + _used;
        (own[0], own[1]) = ((byte)(checksum >> 8), (byte)checksum);
        _used += ChecksumLength;
        Append(batch, ref frame, at);
        batch.Append(own, ChecksumLength);
        frame.Skip(ChecksumLength);
        Append(batch, ref frame, length - at - ChecksumLength);
        return true;
    }

    private bool TryAddSegments(FrameBatch batch, byte* start, PacketFault parsed, in PacketHeaders headers, in PacketOffload offload, int length, BufferToken token)
    {
        PacketFault fault = parsed;
        SegmentPlan plan = default;
        if (fault == PacketFault.None)
            fault = Segmenter.Plan(headers, offload, length, FrameBatch.MaxCapacity, out plan);
        if (fault != PacketFault.None)
            return TryAddDropped(batch, token, VerdictOf(fault));
        // Each segment has a slot, a header, and one piece of payload more than the end of pieces makes.
        BatchRoom room = batch.Room;
        int stride = (plan.HeaderLength + 7) & ~7;
        bool fits = plan.Count <= room.Slots && (3 * plan.Count) + (2 * _pieceCount) <= room.Fragments
            && _used + (plan.Count * stride) <= FrameBatch.MaxCapacity * PacketHeaders.MaxLength;
        if (!fits)
            return batch.Count == 0 && TryAddDropped(batch, token, FrameVerdict.TooManySegments);

        FragmentReader payload = new(_pieces, _pieceCount);
        payload.Skip(headers.Length);
        byte* own = _arena + _used;
        _used += plan.Count * stride;
        Segmenter.WriteHeaders(start, headers, plan, payload, own, stride);
        for (int i = 0; i < plan.Count; i++, own += stride)
        {
            if (!batch.TryBegin(1 + _pieceCount, token.Of(isFirst: i == 0, isLast: i == plan.Count - 1).Value))
                FailForRoom();
            batch.Append(own, plan.HeaderLength);
            Append(batch, ref payload, plan.PayloadOf(i));
        }

        Volatile.Write(ref SuperFrames, SuperFrames + 1);
        return true;
    }

    /// <summary>Adds the next bytes of the guest's memory to the newest frame.</summary>
    private static void Append(FrameBatch batch, ref FragmentReader from, int length)
    {
        while (length > 0)
        {
            int part = (int)from.Next((nuint)length, out byte* data);
            if (part > 0)
                batch.Append(data, part);
            length -= part;
        }
    }

    private static bool TryAddDropped(FrameBatch batch, BufferToken token, FrameVerdict reason)
    {
        if (!batch.TryBegin(0, token.Value))
            return false;
        batch.Drop(batch.Count - 1, reason);
        return true;
    }

    private static FrameVerdict VerdictOf(PacketFault fault) => fault switch
    {
        PacketFault.BadGsoType => FrameVerdict.BadSegmentType,
        PacketFault.ChecksumNotRequested or PacketFault.BadChecksumPlace => FrameVerdict.BadChecksumPlace,
        PacketFault.BadSegmentSize => FrameVerdict.BadSegmentSize,
        PacketFault.TooManySegments => FrameVerdict.TooManySegments,
        _ => FrameVerdict.BadOffloadHeaders,
    };

    [DoesNotReturn]
    private static void FailForRoom() => Environment.FailFast("a super-frame needs more room in the batch than was computed");
}
