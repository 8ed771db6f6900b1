using QemuL2tp.Guest.VhostUser.Memory;
using QemuL2tp.Guest.VhostUser.Ring;

namespace QemuL2tp.Guest.VhostUser.Net;

/// <summary>Writes bytes into a chain from a given place on, and marks the pages it has written.</summary>
internal unsafe ref struct ChainWriter
{
    private readonly BufferChain _chain;
    private readonly DirtyLog? _log;
    private int _piece;
    private uint _offset;

    /// <param name="chain">Writable pieces.</param>
    /// <param name="log">Where written pages are marked, or null.</param>
    /// <param name="skip">Bytes of the chain to leave alone, fewer than it has.</param>
    public ChainWriter(BufferChain chain, DirtyLog? log, uint skip)
    {
        _chain = chain;
        _log = log;
        _offset = skip;
        while (_offset >= chain.Pieces[_piece].Length)
            _offset -= chain.Pieces[_piece++].Length;
    }

    /// <summary>Copies as much as fits.</summary>
    /// <returns>Bytes copied.</returns>
    public uint Write(byte* source, uint length)
    {
        uint written = 0;
        while (written < length && _piece < _chain.Count)
        {
            ref BufferPiece piece = ref _chain.Pieces[_piece];
            uint part = Math.Min(length - written, piece.Length - _offset);
            Buffer.MemoryCopy(source + written, piece.Base + _offset, part, part);
            _log?.Mark(piece.GuestAddress + _offset, part);
            written += part;
            _offset += part;
            if (_offset == piece.Length)
                (_piece, _offset) = (_piece + 1, 0);
        }

        return written;
    }
}
