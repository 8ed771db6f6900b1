using QemuL2tp.Datagrams;

namespace QemuL2tp.Tunnel;

/// <summary>Whom the errors of a session's sending may be about: its peer, or, while it sends by the socket for everybody, each peer of the tunnel.</summary>
/// <param name="session">The session.</param>
internal sealed unsafe class SessionErrors(TunnelSession session) : IErrorSubjects
{
    public PeerErrors? Find(byte* destination, uint length) => session.Peer.IsConnected ? session.Peer.SendErrors : session.Tunnel.SubjectsOfSending.Find(destination, length);

    public void CountStray() => session.Tunnel.SubjectsOfSending.CountStray();
}
