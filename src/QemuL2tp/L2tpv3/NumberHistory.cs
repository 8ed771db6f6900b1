using System.Runtime.CompilerServices;

namespace QemuL2tp.L2tpv3;

/// <summary>
/// The number expected next, modulo 2^24 or 2^32, and which of the <see cref="Depth"/> numbers before it have arrived: a
/// ring of bits of which a block is cleared when the newest number enters it (RFC 6479, 2).
/// </summary>
/// <param name="keepsFingerprints">
/// Also remembers with what frame each number arrived, which tells a copy from the same number of a peer that began anew.
/// </param>
internal sealed class NumberHistory(bool keepsFingerprints)
{
    /// <summary>Numbers before the expected one of which it is known whether they arrived.</summary>
    public const int Depth = 1024;

    private const int BlockBits = 64;

    // Twice the depth: the block of the newest number has bits that are not in use yet.
    private const int Blocks = 2 * Depth / BlockBits;

    private readonly ulong[] _arrived = new ulong[Blocks];
    private readonly uint[] _fingerprints = new uint[keepsFingerprints ? Depth : 0];
    private int _unusedBits;
    private int _known;

    /// <summary>The number that follows the newest one.</summary>
    public uint Expected { get; private set; }

    public bool KeepsFingerprints => _fingerprints.Length != 0;

    /// <summary>Starts with <paramref name="number"/> as the first and newest number; what was before is forgotten.</summary>
    /// <param name="number">The first number.</param>
    /// <param name="bits">Bits of a number, 24 or 32.</param>
    /// <param name="fingerprint">Of the frame that came with it.</param>
    public void Start(uint number, int bits, uint fingerprint)
    {
        Array.Clear(_arrived);
        _unusedBits = 32 - bits;
        _known = 0;
        Expected = Cut(number);
        Advance(Expected, fingerprint);
    }

    /// <summary>How far <paramref name="number"/> is from <see cref="Expected"/>: 0 in order, above 0 ahead, below 0 behind.</summary>
    public int DistanceOf(uint number) => (int)((number - Expected) << _unusedBits) >> _unusedBits;

    /// <summary>The number so many after another one.</summary>
    public uint After(uint number, int count) => Cut(number + (uint)count);

    /// <summary>Whether the number at this distance behind was due since the start, and not too long ago: it arrived or was skipped.</summary>
    public bool Knows(int distance) => distance < 0 && distance >= -_known;

    /// <summary>Makes <paramref name="number"/>, which is not behind, the newest.</summary>
    public void Advance(uint number, uint fingerprint)
    {
        int distance = DistanceOf(number);
        uint newest = Expected - 1;
        uint first = BlockOf(newest);
        uint cleared = Math.Min((BlockOf(number) - first) % NumberBlocks, Blocks);
        for (uint i = 1; i <= cleared; i++)
            _arrived[(first + i) % Blocks] = 0;

        _known = (int)Math.Min((long)_known + distance + 1, Depth);
        Expected = Cut(number + 1);
        Set(number, fingerprint);
    }

    /// <summary>As <see cref="Advance"/> of the expected number, which is the way of almost every packet.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void AdvanceByOne(uint fingerprint)
    {
        uint number = Expected;
        if (number % BlockBits == 0)
            _arrived[BlockOf(number) % Blocks] = 0;
        if (_known < Depth)
            _known++;
        Expected = Cut(number + 1);
        Set(number, fingerprint);
    }

    /// <summary>Notes that <paramref name="number"/> arrived, which is at most <see cref="Depth"/> behind. False when it had arrived before.</summary>
    public bool TryMark(uint number, uint fingerprint)
    {
        if ((_arrived[BlockOf(number) % Blocks] & BitOf(number)) != 0)
            return false;
        Set(number, fingerprint);
        return true;
    }

    /// <summary>Whether a number that arrived, at most <see cref="Depth"/> behind, came with the same frame; true when that was not noted.</summary>
    public bool CameWith(uint number, uint fingerprint) => !KeepsFingerprints || _fingerprints[number % Depth] == fingerprint;

    /// <summary>Notes that a number arrived again with another frame.</summary>
    public void Replace(uint number, uint fingerprint) => Set(number, fingerprint);

    private uint NumberBlocks => 1u << (32 - _unusedBits - 6);

    private static ulong BitOf(uint number) => 1ul << (int)(number % BlockBits);

    private uint Cut(uint number) => number << _unusedBits >> _unusedBits;

    private uint BlockOf(uint number) => Cut(number) / BlockBits;

    private void Set(uint number, uint fingerprint)
    {
        _arrived[BlockOf(number) % Blocks] |= BitOf(number);
        if (KeepsFingerprints)
            _fingerprints[number % Depth] = fingerprint;
    }
}
