using System.Runtime.InteropServices;

namespace QemuL2tp.Datagrams;

/// <summary>
/// Room for the messages of one receive call. It is rented only from that call until its last datagram is done with, so the
/// pseudowires of a thread share what lies in its cache, and do not each keep what the largest burst needed. Several may refer to it:
/// the receiver, and whoever has datagrams in it.
/// </summary>
internal sealed unsafe class ReceiveBuffers
{
    /// <summary>Messages of one call, at most.</summary>
    public const int Capacity = 64;

    /// <summary>No message is longer, whether one datagram or several.</summary>
    public const int MaxMessageLength = 65535;

    // Not a power of two: the beginnings of all buffers would share the same few cache lines' sets.
    private const int Padding = 321;
    private const nuint Stride = MaxMessageLength + Padding;

    /// <summary>So many sources of a thread may fill theirs; more than that wait for guests that do not take their frames.</summary>
    private const int Ample = 2;

    /// <summary>Messages per call of those: 256 KiB.</summary>
    private const int Scarce = 4;

    [ThreadStatic]
    private static Pool? _ofThread;

    private readonly Pool _pool;
    private readonly byte* _start = (byte*)NativeMemory.Alloc(Capacity, Stride);

    private int _references;

    private ReceiveBuffers(Pool pool) => _pool = pool;

    /// <summary>Those of a thread that has ended.</summary>
    ~ReceiveBuffers() => NativeMemory.Free(_start);

    /// <summary>
    /// Messages that the next call may receive, so that a hundred guests that stand still do not keep all memory. Nobody knows beforehand how
    /// long they are: the kernel joins what waits.
    /// </summary>
    public int Budget => _pool.Rented > Ample ? Scarce : Capacity;

    /// <summary>Room for one message, <see cref="MaxMessageLength"/> bytes.</summary>
    public byte* this[int index] => _start + ((nuint)index * Stride);

    /// <summary>Takes some on the thread that calls.</summary>
    public static ReceiveBuffers Rent()
    {
        Pool pool = _ofThread ??= new Pool();
        pool.Rented++;
        ReceiveBuffers buffers = pool.Free.Count > 0 ? pool.Free.Pop() : new ReceiveBuffers(pool);
        buffers._references = 1;
        return buffers;
    }

    /// <summary>One more refers to it, and returns it as well.</summary>
    public void Refer() => _references++;

    /// <summary>On the thread that took them, or while it rests. They are free when the last has returned them.</summary>
    public void Return()
    {
        if (--_references > 0)
            return;
        _pool.Rented--;
        _pool.Free.Push(this);
    }

    /// <summary>Those of a thread: that nobody refers to now, and how many are rented.</summary>
    private sealed class Pool
    {
        public Stack<ReceiveBuffers> Free { get; } = new();

        public int Rented { get; set; }
    }
}
