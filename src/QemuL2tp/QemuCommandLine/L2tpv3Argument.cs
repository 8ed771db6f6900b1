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
    private const string Ours = "l2tpv3";

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

    /// <summary>Finds text that was to be about l2tpv3 and that QEMU would refuse: JSON that cannot be read, a type that is misspelt.</summary>
    /// <exception cref="UserErrorException">The first one, in QEMU's words.</exception>
    public static void RequireReadable(IReadOnlyList<string> words)
    {
        for (int i = 0; i + 1 < words.Count; i++)
        {
            if (OptionOf(words[i]) is { } option && FindMistake(option, words[++i]) is { } mistake)
                throw mistake.With($"{words[i - 1]} {words[i]}: {mistake.Problem}", mistake.Remedy);
        }
    }

    private static UserErrorException? FindMistake(NetOption option, string text)
    {
        if (option == NetOption.Netdev && text.StartsWith('{'))
        {
            try
            {
                _ = JsonParser.Parse(text);
                return null;
            }
            catch (UserErrorException e)
            {
                return text.Contains(Ours, StringComparison.Ordinal) ? e : null;
            }
        }

        return TypeOf(OptsTokenizer.Items(text, "type")) is { } type && type != Ours && NearestName.Find(type, [Ours]) is not null
            ? OptionErrors.NotAccepted("type", type, Ours)
            : null;
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
            return QemuOptions.TryParseJson(text) is { } tree && tree.TryGet("type", out object? kind) && kind is Ours
                ? new L2tpv3Argument(index, option, word, text, tree.TryGet("id", out object? id) ? id as string : null, [])
                : null;
        }

        List<OptsItem> items = [.. OptsTokenizer.Items(text, "type")];
        if (TypeOf(items) != Ours)
            return null;
        // QEMU keeps the first id; the name of -net is the id under another name.
        string? named = items.FirstOrDefault(item => item.Name == "id").Value;
        if (option == NetOption.Net)
            named ??= items.LastOrDefault(item => item.Name == "name").Value;
        return new L2tpv3Argument(index, option, word, text, named, items);
    }

    private static string? TypeOf(IEnumerable<OptsItem> items) => items.LastOrDefault(item => item.Name == "type").Value;
}
