namespace QemuL2tp.Pseudowire;

/// <summary>
/// The number expected next, modulo 2^24 or 2^32, and which of the <see cref="Depth"/> numbers before it have arrived: a
/// ring of bits of which a block is cleared when the newest number enters it (RFC 6479, 2).
/// </summary>
internal sealed class NumberHistory
{
    /// <summary>Numbers before the expected one of which it is known whether they arrived.</summary>
    public const int Depth = 1024;

    private const int BlockBits = 64;

    // Twice the depth: the block of the newest number has bits that are not in use yet.
    private const int Blocks = 2 * Depth / BlockBits;

    private readonly ulong[] _arrived = new ulong[Blocks];
    private int _unusedBits;
    private int _known;

    /// <summary>The number that follows the newest one.</summary>
    public uint Expected { get; private set; }

    /// <summary>Starts with <paramref name="number"/> as the first and newest number; what was before is forgotten.</summary>
    /// <param name="bits">Bits of a number, 24 or 32.</param>
    public void Start(uint number, int bits)
    {
        Array.Clear(_arrived);
        _unusedBits = 32 - bits;
        _known = 0;
        Expected = number;
        Advance(number);
    }

    /// <summary>How far <paramref name="number"/> is from <see cref="Expected"/>: 0 in order, above 0 ahead, below 0 behind.</summary>
    public int DistanceOf(uint number) => (int)((number - Expected) << _unusedBits) >> _unusedBits;

    /// <summary>Whether it is known if the number at this distance behind arrived: not before the start, and not too old.</summary>
    public bool Knows(int distance) => distance < 0 && distance >= -_known;

    /// <summary>Makes <paramref name="number"/>, which is not behind, the newest.</summary>
    public void Advance(uint number)
    {
        int distance = DistanceOf(number);
        uint newest = Expected - 1;
        uint first = BlockOf(newest);
        uint cleared = Math.Min((BlockOf(number) - first) % NumberBlocks, Blocks);
        for (uint i = 1; i <= cleared; i++)
            _arrived[(first + i) % Blocks] = 0;

        _known = (int)Math.Min((long)_known + distance + 1, Depth);
        Expected = (number + 1) << _unusedBits >> _unusedBits;
        Set(number);
    }

    /// <summary>Notes that <paramref name="number"/> arrived, which is behind. False when it had arrived before.</summary>
    public bool TryMark(uint number)
    {
        if ((_arrived[BlockOf(number) % Blocks] & BitOf(number)) != 0)
            return false;
        Set(number);
        return true;
    }

    private uint NumberBlocks => 1u << (32 - _unusedBits - 6);

    private static ulong BitOf(uint number) => 1ul << (int)(number % BlockBits);

    private uint BlockOf(uint number) => (number << _unusedBits >> _unusedBits) / BlockBits;

    private void Set(uint number) => _arrived[BlockOf(number) % Blocks] |= BitOf(number);
}
