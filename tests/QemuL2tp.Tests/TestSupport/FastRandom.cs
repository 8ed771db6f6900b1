namespace QemuL2tp.Tests.TestSupport;

/// <summary>xorshift64*: the same numbers from the same seed on every machine, and fast enough for millions of packets.</summary>
internal sealed class FastRandom(ulong seed)
{
    private ulong _state = (seed * 0x9e37_79b9_7f4a_7c15) | 1;

    /// <summary>From 0 to below the limit.</summary>
    public int Next(int limit)
    {
        _state ^= _state >> 12;
        _state ^= _state << 25;
        _state ^= _state >> 27;
        return (int)((((_state * 0x2545_f491_4f6c_dd1d) >> 32) * (ulong)limit) >> 32);
    }

    /// <summary>From one to another, both included.</summary>
    public int Between(int low, int high) => low + Next(high - low + 1);

    public bool Chance(int percent) => Next(100) < percent;
}
