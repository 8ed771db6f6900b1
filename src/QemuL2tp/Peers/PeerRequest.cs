using QemuL2tp.Options;

namespace QemuL2tp.Peers;

/// <summary>A pseudowire whose other end is to be configured.</summary>
/// <param name="Ours">Our end; what is refused is named as it stands there.</param>
internal sealed record PeerRequest(L2tpv3Options Ours)
{
    /// <summary>The MTU of the network between the two ends.</summary>
    public int OuterMtu { get; init; } = 1500;

    /// <summary>What the interface, for QEMU the netdev, is to be called at the peer; null: a name by rule.</summary>
    public string? InterfaceName { get; init; }

    /// <summary>Counts the pseudowires of one call from 0, for peers that number their interfaces.</summary>
    public int Position { get; init; }

    /// <summary>The pseudowires of the same call that come before; they may share a tunnel, and must not share a session.</summary>
    public IReadOnlyList<PeerRequest> Earlier { get; init; } = [];

    /// <summary>The first one between the same two addresses and ports: one tunnel carries both.</summary>
    internal PeerRequest? TunnelOwner => Earlier.FirstOrDefault(other => HasTunnelOf(other.Ours));

    /// <summary>The same pseudowire as the other end has it.</summary>
    internal L2tpv3Options FarEnd => Peers.FarEnd.Of(Ours);

    private bool HasTunnelOf(L2tpv3Options other) =>
        (other.Source, other.Destination, other.Udp, other.SourcePort, other.DestinationPort) == (Ours.Source, Ours.Destination, Ours.Udp, Ours.SourcePort, Ours.DestinationPort);
}
