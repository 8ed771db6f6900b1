using System.Globalization;
using QemuL2tp.Options;

namespace QemuL2tp.QemuCommandLine;

/// <summary>Writes what stands in place of an l2tpv3 back end, and what our own program is told for it.</summary>
internal static class Replacement
{
    /// <summary>The words in place of the option and its text.</summary>
    /// <param name="pseudowire">What is replaced.</param>
    /// <param name="kind">What takes its place.</param>
    /// <param name="descriptor">What QEMU inherits: one end of a socket pair, or for vhost-user the socket's file.</param>
    public static string[] ForQemu(L2tpv3Argument pseudowire, FrontendKind kind, int descriptor)
    {
        string id = OptsTokenizer.Escape(pseudowire.Id ?? "");
        string number = descriptor.ToString(CultureInfo.InvariantCulture);
        return kind switch
        {
            FrontendKind.Stream => [pseudowire.Word, $"stream,id={id},server=off,addr.type=fd,addr.str={number}"],
            FrontendKind.Socket => [pseudowire.Word, $"socket{Kept(pseudowire)},fd={number}"],
            // QEMU passes the guest's memory only over a connection that it has made by path; this one leads to a socket without a name.
            _ =>
            [
                "-chardev", $"socket,id={Chardev(pseudowire)},path=/proc/self/fd/{number}",
                pseudowire.Word, $"vhost-user{Kept(pseudowire)},chardev={Chardev(pseudowire)}",
            ],
        };
    }

    /// <summary>The words for our own program.</summary>
    /// <param name="pseudowire">What is replaced.</param>
    /// <param name="kind">What takes its place.</param>
    /// <param name="id">What the back end calls it, unique among its pseudowires.</param>
    /// <param name="descriptor">The other end of the socket pair, or for vhost-user the listening socket.</param>
    public static string[] ForBackEnd(L2tpv3Argument pseudowire, FrontendKind kind, string id, int descriptor)
    {
        string number = descriptor.ToString(CultureInfo.InvariantCulture);
        return
        [
            pseudowire.Option == NetOption.Net ? "-net" : "-netdev",
            BackEndText(pseudowire, id),
            "--frontend",
            kind == FrontendKind.VhostUser ? $"vhost-user,id={id},fd={number},server=on" : $"stream,id={id},addr.type=fd,addr.str={number}",
        ];
    }

    private static string Chardev(L2tpv3Argument pseudowire) =>
        $"qemu-l2tp-{pseudowire.Id ?? pseudowire.Index.ToString(CultureInfo.InvariantCulture)}";

    /// <summary>What QEMU needs besides the pseudowire: the id, and for <c>-nic</c> all that is the NIC's.</summary>
    private static string Kept(L2tpv3Argument pseudowire) => pseudowire.Option == NetOption.Nic
        ? string.Concat(pseudowire.Items.Where(item => item.Name != "type" && (item.Name == "id" || !IsOurs(item))).Select(Write))
        : pseudowire.Id is { } id ? $",id={OptsTokenizer.Escape(id)}" : "";

    /// <summary>The text as it is where it is only about the pseudowire; -netdev needs an id, as in QEMU, the others get one.</summary>
    private static string BackEndText(L2tpv3Argument pseudowire, string id)
    {
        if (pseudowire.Option == NetOption.Netdev || (pseudowire.Option == NetOption.Net && pseudowire.Id is not null))
            return pseudowire.Text;
        IEnumerable<OptsItem> ours = pseudowire.Items.Where(item => item.Name is not ("type" or "id") && (IsOurs(item) || pseudowire.Option == NetOption.Net));
        return $"l2tpv3,id={id}{string.Concat(ours.Select(Write))}";
    }

    private static bool IsOurs(OptsItem item) => L2tpv3OptionTable.Help.ContainsKey(item.Name);

    private static string Write(OptsItem item) => $",{item.Word ?? $"{item.Name}={OptsTokenizer.Escape(item.Value)}"}";
}
