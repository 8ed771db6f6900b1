using QemuL2tp.Frames;

namespace QemuL2tp.L2tpv3;

/// <summary>
/// The frames that wait for numbers before theirs, sorted by number, and the new order of the batch that they come from or
/// go to. A frame is copied only if it is still held at the end of its batch.
/// </summary>
internal sealed unsafe class ReorderWindow(int holdMilliseconds) : IDisposable
{
    /// <summary>Most packets held.</summary>
    public const int MaxFrames = 64;

    /// <summary>Most bytes of frames held.</summary>
    public const int MaxBytes = 1 << 20;

    private readonly HeldFrame[] _held = new HeldFrame[MaxFrames];
    private readonly HeldMemory _memory = new(MaxFrames);
    private FrameBatch? _batch;
    private int _count;
    private int _bytes;
    private int _frames;

    public bool IsEmpty => _count == 0;

    /// <summary>The one with the lowest number.</summary>
    public ref readonly HeldFrame First => ref _held[0];

    /// <summary>Frames held now; to be read by any thread.</summary>
    public int Frames => Volatile.Read(ref _frames);

    /// <summary>When the first of them must go, whatever its number.</summary>
    public long Due { get; private set; } = long.MaxValue;

    /// <summary>The batch gets a new order: each frame that goes on must be passed.</summary>
    public bool IsReordering { get; private set; }

    /// <summary>Begins with a batch, in which <see cref="MaxFrames"/> slots are reserved for the frames held.</summary>
    public void Begin(FrameBatch batch)
    {
        _batch = batch;
        _memory.Reuse();
        if (!IsEmpty)
            StartOrder(0);
    }

    public bool HasRoomFor(int length) => _count < MaxFrames && _bytes + length <= MaxBytes;

    public bool Contains(uint number, out uint fingerprint)
    {
        for (int i = 0; i < _count; i++)
        {
            if (_held[i].Number == number)
            {
                fingerprint = _held[i].Fingerprint;
                return true;
            }
        }

        fingerprint = 0;
        return false;
    }

    /// <summary>Holds a packet of the batch, for which there must be room.</summary>
    /// <param name="packet">The packet.</param>
    /// <param name="number">Its number, which is not held yet.</param>
    /// <param name="history">Knows the order of numbers.</param>
    public void Hold(in Packet packet, uint number, NumberHistory history)
    {
        if (!IsReordering)
            StartOrder(packet.Index);
        int distance = history.DistanceOf(number);
        int place = _count++;
        for (; place > 0 && history.DistanceOf(_held[place - 1].Number) > distance; place--)
            _held[place] = _held[place - 1];
        long due = packet.Now + holdMilliseconds;
        _held[place] = new HeldFrame { Number = number, Fingerprint = packet.Fingerprint, Due = due, Length = packet.Length, Index = packet.Index, IsForeign = _batch![packet.Index].IsForeign };
        _bytes += packet.Length;
        if (packet.Length > 0)
            Volatile.Write(ref _frames, _frames + 1);
        Due = Math.Min(Due, due);
    }

    /// <summary>Puts the first one next in the batch.</summary>
    public void LetGoFirst()
    {
        HeldFrame first = _held[0];
        Array.Copy(_held, 1, _held, 0, --_count);
        FindDue();
        if (first.Length == 0)
            return;
        _bytes -= first.Length;
        Volatile.Write(ref _frames, _frames - 1);
        if (first.Data == null)
        {
            _batch!.Keep(first.Index);
            return;
        }

        _batch!.Insert(new FrameSlot { Length = first.Length, IsForeign = first.IsForeign }, first.Data, HeldMemory.Headroom);
        _memory.GiveBack(first.Data);
    }

    /// <summary>Puts a frame of the batch next in it.</summary>
    public void Pass(int index) => _batch!.Keep(index);

    /// <summary>Ends with the batch: its memory is not looked at any more.</summary>
    public void End()
    {
        if (!IsReordering)
            return;
        for (int i = 0; i < _count; i++)
        {
            ref HeldFrame held = ref _held[i];
            if (held.Data == null && held.Length > 0)
                held.Data = _memory.Copy(_batch!.DataOf(held.Index)->Base, held.Length);
        }

        _batch!.EndShape();
        IsReordering = false;
    }

    public void Dispose()
    {
        for (int i = 0; i < _count; i++)
        {
            if (_held[i].Data != null)
                _memory.GiveBack(_held[i].Data);
        }

        _count = _frames = 0;
        _memory.Dispose();
    }

    /// <summary>Begins the new order with the frames that went on so far.</summary>
    private void StartOrder(int passed)
    {
        IsReordering = true;
        _batch!.BeginShape();
        for (int i = 0; i < passed; i++)
            _batch.Keep(i);
    }

    private void FindDue()
    {
        Due = long.MaxValue;
        for (int i = 0; i < _count; i++)
            Due = Math.Min(Due, _held[i].Due);
    }
}
