namespace QemuL2tp.Datagrams;

/// <summary>A socket with one peer.</summary>
/// <param name="peer">Where packets go; not owned. Null: the socket is connected, and the kernel gives it only what is about the other end.</param>
/// <param name="errors">Those about the peer.</param>
/// <param name="counters">Where what is about others is counted.</param>
internal sealed unsafe class OnePeer(SocketAddress? peer, PeerErrors errors, DatagramCounters counters) : IErrorSubjects
{
    public PeerErrors? Find(byte* destination, uint length) =>
        peer is null || (length > 0 && peer.IsSameEndpoint(destination, length)) ? errors : null;

    public void CountStray() => counters.CountStrayReport();
}
