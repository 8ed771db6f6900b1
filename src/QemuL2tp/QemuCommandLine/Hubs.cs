using QemuL2tp.Options;

namespace QemuL2tp.QemuCommandLine;

/// <summary>
/// The hubs that <c>-net</c> chose by <c>vlan=</c> before QEMU 3.0. Since then every <c>-net</c> is on one hub, and QEMU refuses
/// <c>vlan=</c>: a text that asks for several would join networks that were apart.
/// </summary>
internal static class Hubs
{
    private const string Remedy = "QEMU 3.0 removed vlan=, and every -net is on one hub now: leave vlan= out where all are to be joined; "
        + "where not, write -netdev l2tpv3,id=ID,... -device MODEL,netdev=ID for each, or -netdev hubport.";

    /// <param name="words">QEMU's command line.</param>
    /// <param name="pseudowires">Its l2tpv3 back ends.</param>
    /// <exception cref="UserErrorException">One of them is on another hub than something else, or QEMU will refuse <c>vlan=</c> beside it.</exception>
    public static void RequireOne(IReadOnlyList<string> words, IEnumerable<L2tpv3Argument> pseudowires)
    {
        if (pseudowires.FirstOrDefault(one => one.Option == NetOption.Net) is not { } pseudowire)
            return;
        string ours = HubOf(pseudowire.Items.LastOrDefault(item => item.Name == "vlan").Value);
        foreach (IReadOnlyDictionary<string, string> other in QemuOptions.Values(words, "type", "net"))
        {
            string? vlan = other.GetValueOrDefault("vlan");
            if (HubOf(vlan) != ours)
                throw new UserErrorException($"{pseudowire.Word} {pseudowire.Text}: vlan={ours} is another hub than vlan={HubOf(vlan)}, that of -net {other.GetValueOrDefault("type")}", Remedy) { Option = "vlan", Value = ours };
            if (vlan is not null && other.GetValueOrDefault("type") != "l2tpv3")
                throw new UserErrorException($"-net {other.GetValueOrDefault("type")},vlan={vlan}: Invalid parameter 'vlan'", Remedy) { Option = "vlan", Value = vlan };
        }
    }

    private static string HubOf(string? vlan) => vlan is null ? "0" : Numbers.TryParseUInt64(vlan, out ulong number) ? FormattableString.Invariant($"{number}") : vlan;
}
