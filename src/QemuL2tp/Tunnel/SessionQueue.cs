using QemuL2tp.Frames;

namespace QemuL2tp.Tunnel;

/// <summary>
/// Packets of a session that another session of the tunnel has received. They stay where they were received, and wait for this session's
/// next turn; while its guest takes nothing they are copied into a <see cref="Backlog"/> instead, so that nobody waits for it.
/// </summary>
internal sealed unsafe class SessionQueue : IDisposable
{
    private const int MaxRuns = 256;
    private const int MaxSenders = 16;

    private readonly PacketRun[] _runs = new PacketRun[MaxRuns];
    private readonly byte[] _senders = new byte[MaxSenders * IFrameSenders.MaxAddressLength];
    private readonly int[] _senderLengths = new int[MaxSenders];
    private readonly Backlog _backlog = new();
    private int _first;
    private int _count;
    private int _senderCount;

    public bool IsEmpty => _count == 0 && _backlog.IsEmpty;

    /// <summary>Takes packets.</summary>
    /// <param name="run">The packets.</param>
    /// <param name="sender">Address of whoever sent them, if that is not the peer.</param>
    /// <param name="isHolding">The guest takes nothing now.</param>
    /// <returns>Bytes taken; fewer than there are when there is no more room.</returns>
    public int Add(in PacketRun run, ReadOnlySpan<byte> sender, bool isHolding)
    {
        if (isHolding || !_backlog.IsEmpty)
            return Copy(run);
        if (_count == MaxRuns)
            return 0;
        ref PacketRun place = ref _runs[(_first + _count++) % MaxRuns];
        place = run;
        place.Token = run.IsForeign ? KeepSender(sender) : FrameSlot.FromPeer;
        run.Buffers.Refer();
        return run.Length;
    }

    /// <summary>Adds what waits to an empty batch, oldest first.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="references">What the batch refers to from now on.</param>
    /// <returns>False when there was no room for all.</returns>
    public bool Fill(FrameBatch batch, BufferReferences references)
    {
        for (; _count > 0; _count--)
        {
            ref PacketRun run = ref _runs[_first];
            if (references.IsFull)
                return false;
            int added = batch.AddRun(run.Data, run.Length, run.Step, run.Token, run.IsForeign);
            if (added > 0)
                references.Add(run.Buffers);
            if (added < run.Length)
            {
                run.Data += added;
                run.Length -= added;
                return false;
            }

            run.Buffers.Return();
            _first = (_first + 1) % MaxRuns;
        }

        return _backlog.Fill(batch);
    }

    /// <summary>The batch is done with.</summary>
    public void Complete()
    {
        _backlog.Free();
        if (_count == 0)
            _senderCount = 0;
    }

    /// <summary>Who sent packets with such a token.</summary>
    public ReadOnlySpan<byte> SenderOf(int index) => _senders.AsSpan(index * IFrameSenders.MaxAddressLength, _senderLengths[index]);

    public void Dispose()
    {
        for (; _count > 0; _count--)
        {
            _runs[_first].Buffers.Return();
            _first = (_first + 1) % MaxRuns;
        }

        _backlog.Dispose();
    }

    private int Copy(in PacketRun run)
    {
        int copied = 0;
        while (copied < run.Length)
        {
            int length = Math.Min(run.Step, run.Length - copied);
            if (!_backlog.TryAdd(run.Data + copied, length, run.IsForeign))
                break;
            copied += length;
        }

        return copied;
    }

    private nuint KeepSender(ReadOnlySpan<byte> sender)
    {
        if (_senderCount == MaxSenders)
            return FrameSlot.FromUnknown;
        _senderLengths[_senderCount] = Math.Min(sender.Length, IFrameSenders.MaxAddressLength);
        sender[.._senderLengths[_senderCount]].CopyTo(_senders.AsSpan(_senderCount * IFrameSenders.MaxAddressLength));
        return TunnelSession.FirstQueued + (nuint)_senderCount++;
    }
}
