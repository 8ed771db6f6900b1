using QemuL2tp.Datagrams;
using QemuL2tp.Frames;

namespace QemuL2tp.Tunnel;

/// <summary>Datagrams of the tunnel's sockets: the peer's, and those of everybody else where they come to a socket of their own.</summary>
internal sealed class TunnelSource : IFrameSource, IDisposable
{
    /// <summary>Tokens of strangers' datagrams begin here.</summary>
    private const int FirstStranger = 1 << 16;
    private const int StrangersAtATime = 8;

    private readonly DatagramSource _peers;
    private readonly DatagramSource? _strangers;
    private bool _mayHaveStrangers = true;

    /// <param name="sockets">The one that the peer's datagrams come to, and the other one if there is one.</param>
    /// <param name="errors">Those of each socket.</param>
    /// <param name="peer">The other end.</param>
    /// <param name="counters">As in <see cref="DatagramSource"/>.</param>
    /// <param name="coalesce">As in <see cref="DatagramSource"/>.</param>
    public TunnelSource(IReadOnlyList<int> sockets, IReadOnlyList<ErrorQueue> errors, SocketAddress peer, DatagramCounters counters, bool coalesce)
    {
        _peers = new DatagramSource(sockets[0], peer, counters, errors[0], coalesce);
        _strangers = sockets.Count == 1 ? null : new DatagramSource(sockets[1], peer, counters, errors[1], coalesce, StrangersAtATime, FirstStranger);
    }

    /// <summary>One of the sockets became readable.</summary>
    public void OnReadable() => _mayHaveStrangers = true;

    public bool Fill(FrameBatch batch)
    {
        bool mayHaveMore = _peers.Fill(batch);
        _mayHaveStrangers = _mayHaveStrangers && _strangers is not null && _strangers.Fill(batch);
        return mayHaveMore || _mayHaveStrangers;
    }

    public void Complete(FrameBatch batch, int done)
    {
        _peers.Complete(batch, done);
        _strangers?.Complete(batch, done);
    }

    /// <inheritdoc cref="DatagramSource.CopySender"/>
    public int CopySender(nuint token, Span<byte> address) => (token < FirstStranger ? _peers : _strangers!).CopySender(token, address);

    public void Dispose()
    {
        _peers.Dispose();
        _strangers?.Dispose();
    }
}
