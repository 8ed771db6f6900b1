using QemuL2tp.Options;

namespace QemuL2tp.Peers;

/// <summary>QEMU's own <c>-netdev l2tpv3</c>: an argument for its command line, which a qemu-l2tp takes too.</summary>
internal static class QemuPeer
{
    private const int MostBefore8 = 2048;
    private const string InterfaceToWrite = "INTERFACE";

    public static IEnumerable<string> Lines(PeerRequest request)
    {
        var rules = new PeerRules("QEMU", request);
        rules.EqualCookies();
        string id = request.InterfaceName ?? request.Ours.Id;
        if (!Identifier.IsValid(id))
            throw OptionErrors.NotAnIdentifier("id", id);
        L2tpv3Options end = request.FarEnd with { Id = id, Rfc3931Sequencing = false };
        yield return $"# QEMU, on the host {end.Source}{(request.Ours.Udp ? "" : ", with CAP_NET_RAW")}";
        yield return $"# {InnerMtu.Note(request)}";
        if (InnerMtu.Of(request) + InnerMtu.EthernetHeader > MostBefore8)
            yield return FormattableString.Invariant($"# QEMU before 8.0 cuts received frames at {MostBefore8} bytes");
        if (request.Ours.Rfc3931Sequencing)
            yield return "# QEMU ignores our sequence numbers and sends a plain counter";
        if (IPText.IsLinkLocal(end.Source))
        {
            yield return $"# write the name of its interface in place of {InterfaceToWrite}";
            end = end with { Source = $"{end.Source}%{InterfaceToWrite}" };
        }

        yield return $"-netdev {ShellWord.Quote(NetdevWriter.Write(end))}";
    }
}
