using QemuL2tp.Options;

namespace QemuL2tp.Peers;

/// <summary>QEMU's own <c>-netdev l2tpv3</c>: an argument for its command line, which a qemu-l2tp takes too.</summary>
internal static class QemuPeer
{
    private const int MostBefore8 = 2048;

    public static IEnumerable<string> Lines(PeerRequest request)
    {
        var rules = new PeerRules("QEMU", request);
        rules.EqualCookies();
        string id = request.InterfaceName ?? request.Ours.Id;
        if (!Identifier.IsValid(id))
            throw OptionErrors.NotAnIdentifier("id", id);
        yield return $"# QEMU, on the host {request.Ours.Destination}{(request.Ours.Udp ? "" : ", with CAP_NET_RAW")}";
        yield return $"# {InnerMtu.Note(request)}";
        if (InnerMtu.Of(request) + InnerMtu.EthernetHeader > MostBefore8)
            yield return FormattableString.Invariant($"# QEMU before 8.0 cuts received frames at {MostBefore8} bytes");
        if (request.Ours.Rfc3931Sequencing)
            yield return "# QEMU ignores our sequence numbers and sends a plain counter";
        yield return $"-netdev {ShellWord.Quote(NetdevWriter.Write(request.FarEnd with { Id = id, Rfc3931Sequencing = false }))}";
    }
}
