using System.IO.MemoryMappedFiles;

namespace QemuL2tp.Performance;

/// <summary>Our side of board.h: what a generator is told, and what it and the sink have counted.</summary>
internal sealed class Board : IDisposable
{
    private const int Bytes = 4096;

    /// <summary>The half for the way back, when there is one.</summary>
    private const int Back = 2048;
    private readonly bool _hasBack;
    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;

    public Board(string path, bool hasBack)
    {
        _hasBack = hasBack;
        _file = MemoryMappedFile.CreateFromFile(path, FileMode.CreateNew, null, Bytes);
        _view = _file.CreateViewAccessor();
    }

    /// <summary>Frames per second each way, 0: as many as go.</summary>
    public ulong Rate
    {
        set
        {
            _view.Write(0, value);
            _view.Write(Back, value);
        }
    }

    public bool Running
    {
        set
        {
            _view.Write(8, value ? 1UL : 0UL);
            _view.Write(Back + 8, value ? 1UL : 0UL);
        }
    }

    /// <summary>True when every generator has seen that it is to pause.</summary>
    public bool Idle => _view.ReadUInt64(72) != 0 && (!_hasBack || _view.ReadUInt64(Back + 72) != 0);

    /// <summary>Of both ways together.</summary>
    public Counts Counts => CountsAt(0) + CountsAt(Back);

    public void Dispose()
    {
        _view.Dispose();
        _file.Dispose();
    }

    private Counts CountsAt(int half) =>
        new(_view.ReadUInt64(half + 64), _view.ReadUInt64(half + 128), _view.ReadUInt64(half + 136), _view.ReadUInt64(half + 144));
}

/// <summary>What a board shows.</summary>
/// <param name="Sent">By the generator.</param>
/// <param name="Arrived">Intact and in order.</param>
/// <param name="Disordered">Behind a later one, or twice.</param>
/// <param name="Corrupt">Of a wrong length or with wrong bytes.</param>
internal readonly record struct Counts(ulong Sent, ulong Arrived, ulong Disordered, ulong Corrupt)
{
    /// <summary>Sent, and not seen by the sink in any state.</summary>
    public ulong Missing => Sent - Arrived - Disordered - Corrupt;

    public static Counts operator +(Counts one, Counts other) => new(
        one.Sent + other.Sent,
        one.Arrived + other.Arrived,
        one.Disordered + other.Disordered,
        one.Corrupt + other.Corrupt);

    public static Counts operator -(Counts later, Counts earlier) => new(
        later.Sent - earlier.Sent,
        later.Arrived - earlier.Arrived,
        later.Disordered - earlier.Disordered,
        later.Corrupt - earlier.Corrupt);
}
