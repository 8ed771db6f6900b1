using QemuL2tp.Options;

namespace QemuL2tp.Peers;

/// <summary>
/// Tunnel IDs for peers that want them. They are in no data packet and any number does, but each tunnel of a host needs its own:
/// over UDP its ports, which it does not share, over IP its session IDs, which must be its own there anyway.
/// </summary>
internal static class TunnelIds
{
    /// <summary>Local and remote one of the far end, where a tunnel has many sessions: an earlier pseudowire's, where it is the same tunnel.</summary>
    public static (string Local, string Remote) Shared(PeerRequest request) => Of((request.TunnelOwner ?? request).FarEnd);

    /// <summary>Local and remote one, of the end whose options these are.</summary>
    public static (string Local, string Remote) Of(L2tpv3Options end) => end.Udp
        ? (end.SourcePort!, end.DestinationPort!)
        : (FormattableString.Invariant($"{end.ReceiveSession}"), FormattableString.Invariant($"{end.TransmitSession}"));
}
