using QemuL2tp.Options;

namespace QemuL2tp.Peers;

/// <summary>What can be at the other end of a pseudowire, and how it is configured.</summary>
/// <param name="Name">The word that chooses it.</param>
/// <param name="Help">What it is, as a phrase.</param>
/// <param name="Lines">Commands or configuration for it, notes as comments among them.</param>
internal sealed record Peer(string Name, string Help, Func<PeerRequest, IEnumerable<string>> Lines)
{
    /// <summary>Commands or configuration for this peer, one line each.</summary>
    /// <param name="request">The pseudowire as our end has it.</param>
    /// <exception cref="UserErrorException">The peer has no way to say it, or nothing could match it.</exception>
    public IReadOnlyList<string> Write(PeerRequest request)
    {
        CommonRules.Check(request.Ours);
        CommonRules.CheckSession(request);
        return [.. Lines(request)];
    }
}
