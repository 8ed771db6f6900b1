using QemuL2tp.Options;
using QemuL2tp.Peers;

namespace QemuL2tp.Tests.TestSupport;

/// <summary>What is written for a peer.</summary>
internal static class PeerLines
{
    private static readonly string[] s_comments = ["#", "!", "comment {"];

    /// <summary>All lines for the peer of this name.</summary>
    public static IReadOnlyList<string> Write(string peer, PeerRequest request) =>
        PeerTable.Rows.Single(row => row.Name == peer).Write(request);

    /// <inheritdoc cref="Write(string, PeerRequest)"/>
    public static IReadOnlyList<string> Write(string peer, L2tpv3Options options) => Write(peer, new PeerRequest(options));

    /// <inheritdoc cref="Write(string, PeerRequest)"/>
    public static IReadOnlyList<string> Write(string peer, string netdev) => Write(peer, NetdevParser.Parse(netdev, []));

    /// <summary>Without comments and empty lines.</summary>
    public static IEnumerable<string> Effective(IEnumerable<string> lines) =>
        lines.Where(line => line.Length > 0 && !s_comments.Any(line.StartsWith));
}
