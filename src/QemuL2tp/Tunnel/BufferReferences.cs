using QemuL2tp.Datagrams;

namespace QemuL2tp.Tunnel;

/// <summary>The receive buffers that the frames of a batch lie in; they are kept until the batch is done with.</summary>
internal sealed class BufferReferences
{
    private const int Capacity = 8;

    /// <summary>A receiver adds its own after the queue, for each of the two.</summary>
    private const int Reserve = 4;

    private readonly ReceiveBuffers[] _buffers = new ReceiveBuffers[Capacity];
    private int _count;

    /// <summary>Packets that wait have to go on waiting.</summary>
    public bool IsFull => _count >= Capacity - Reserve;

    public void Add(ReceiveBuffers buffers)
    {
        for (int i = _count - 1; i >= 0; i--)
        {
            if (_buffers[i] == buffers)
                return;
        }

        _buffers[_count++] = buffers;
        buffers.Refer();
    }

    public void ReturnAll()
    {
        while (_count > 0)
            _buffers[--_count].Return();
    }
}
