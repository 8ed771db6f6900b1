using QemuL2tp.Options;

namespace QemuL2tp.QemuCommandLine;

/// <summary>Where on a QEMU command line a back end stands.</summary>
internal enum NetOption
{
    /// <summary><c>-netdev</c>: a device names it.</summary>
    Netdev,

    /// <summary><c>-net</c>: a port of QEMU's hub.</summary>
    Net,

    /// <summary><c>-nic</c>: back end and NIC in one.</summary>
    Nic,
}

/// <summary>An l2tpv3 back end as it stands on a QEMU command line.</summary>
/// <param name="Index">Of its text among the words.</param>
/// <param name="Option">Which option it is.</param>
/// <param name="Word">The option as written, with one dash or two.</param>
/// <param name="Text">Its value.</param>
/// <param name="Id">The id that QEMU's netdev has; null when the text has none.</param>
/// <param name="Items">The text's items; empty when it is JSON.</param>
internal sealed record L2tpv3Argument(int Index, NetOption Option, string Word, string Text, string? Id, IReadOnlyList<OptsItem> Items)
{
    /// <summary>All on a command line, in order. Text that QEMU cannot read is left for QEMU to complain about.</summary>
    public static List<L2tpv3Argument> Find(IReadOnlyList<string> words)
    {
        List<L2tpv3Argument> found = [];
        for (int i = 0; i + 1 < words.Count; i++)
        {
            if (OptionOf(words[i]) is not { } option)
                continue;
            i++;
            if (Read(i, option, words[i - 1], words[i]) is { } argument)
                found.Add(argument);
        }

        return found;
    }

    private static NetOption? OptionOf(string word) =>
        QemuOptions.IsOption(word, "netdev") ? NetOption.Netdev
        : QemuOptions.IsOption(word, "net") ? NetOption.Net
        : QemuOptions.IsOption(word, "nic") ? NetOption.Nic
        : null;

    private static L2tpv3Argument? Read(int index, NetOption option, string word, string text)
    {
        // Only -netdev has a JSON form.
        if (option == NetOption.Netdev && text.StartsWith('{'))
        {
            return QemuOptions.TryParseJson(text) is { } tree && tree.TryGet("type", out object? kind) && kind is "l2tpv3"
                ? new L2tpv3Argument(index, option, word, text, tree.TryGet("id", out object? id) ? id as string : null, [])
                : null;
        }

        List<OptsItem> items = [.. OptsTokenizer.Items(text, "type")];
        if (items.LastOrDefault(item => item.Name == "type").Value != "l2tpv3")
            return null;
        // QEMU keeps the first id; the name of -net is the id under another name.
        string? named = items.FirstOrDefault(item => item.Name == "id").Value;
        if (option == NetOption.Net)
            named ??= items.LastOrDefault(item => item.Name == "name").Value;
        return new L2tpv3Argument(index, option, word, text, named, items);
    }
}
