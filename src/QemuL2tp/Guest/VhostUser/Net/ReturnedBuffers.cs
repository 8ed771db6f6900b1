using System.Numerics;
using QemuL2tp.Guest.VhostUser.Ring;

namespace QemuL2tp.Guest.VhostUser.Net;

/// <summary>The rings to which buffers were returned that the driver does not see yet.</summary>
internal sealed class ReturnedBuffers(IReadOnlyList<Vring> rings)
{
    private uint _touched;

    public void Add(Vring ring, ushort id, ushort slots, uint written)
    {
        ring.Queue!.Return(id, slots, written);
        _touched |= 1u << ring.Index;
    }

    /// <summary>Makes them visible, and calls each driver that wants it, once.</summary>
    public void Publish()
    {
        for (; _touched != 0; _touched &= _touched - 1)
        {
            Vring ring = rings[BitOperations.TrailingZeroCount(_touched)];
            if (ring.Queue is { } queue && queue.Publish())
                ring.Call();
        }
    }
}
