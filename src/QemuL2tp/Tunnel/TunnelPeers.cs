using QemuL2tp.Datagrams;

namespace QemuL2tp.Tunnel;

/// <summary>Whom the errors of a tunnel's unconnected socket may be about, for one of the two threads.</summary>
/// <param name="counters">Where what is about others is counted.</param>
/// <param name="errorsOf">A peer's errors as this thread finds them.</param>
internal sealed unsafe class TunnelPeers(DatagramCounters counters, Func<TunnelPeer, PeerErrors> errorsOf) : IErrorSubjects
{
    private bool _hasNews;

    /// <summary>Those that have sessions. Changed while the threads that carry frames rest.</summary>
    public TunnelPeer[] All { get; set; } = [];

    public PeerErrors? Find(byte* destination, uint length)
    {
        foreach (TunnelPeer peer in All)
        {
            if (length > 0 && peer.Address.IsSameEndpoint(destination, length))
            {
                _hasNews = true;
                return errorsOf(peer);
            }
        }

        return null;
    }

    public void CountStray() => counters.CountStrayReport();

    /// <summary>Tells what was found.</summary>
    public void Tell()
    {
        if (!_hasNews)
            return;
        _hasNews = false;
        foreach (TunnelPeer peer in All)
            peer.Tell(errorsOf(peer));
    }
}
