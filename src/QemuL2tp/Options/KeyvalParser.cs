namespace QemuL2tp.Options;

/// <summary>
/// Reads QEMU's newer option syntax (util/keyval.c), that of <c>-netdev stream</c>: <c>key=value</c> only, and dots in a key
/// open an object.
/// </summary>
internal static class KeyvalParser
{
    private const int LongestFragment = 127;

    /// <summary>Parses the whole text; the first item may leave out <paramref name="impliedKey"/>.</summary>
    public static OptionTree Parse(string text, string impliedKey)
    {
        var tree = new OptionTree();
        for (int position = 0; position < text.Length;)
        {
            int end = text.AsSpan(position).IndexOfAny('=', ',');
            end = end < 0 ? text.Length : position + end;
            bool hasValue = end < text.Length && text[end] == '=';
            string key = text[position..end];
            if (position == 0 && !hasValue && key.Length > 0)
            {
                tree.Set(impliedKey, OptsTokenizer.ReadValue(text, ref position));
                continue;
            }

            position = end + 1;
            string? value = hasValue ? OptsTokenizer.ReadValue(text, ref position) : null;
            (OptionTree parent, string leaf) = FindParent(tree, key, value);
            if (value is null)
            {
                throw new UserErrorException(
                    $"Expected '=' after parameter '{key}'", $"Write {key}=on or another value: bare words are not allowed in this form.")
                {
                    Option = key,
                };
            }

            if (parent.TryGet(leaf, out object? old) && old is OptionTree)
                throw Inconsistent(key, value);
            parent.Set(leaf, value);
        }

        Listify(tree, "");
        return tree;
    }

    private static (OptionTree Parent, string Leaf) FindParent(OptionTree tree, string key, string? value)
    {
        string[] fragments = key.Split('.');
        string path = "";
        for (int i = 0; ; i++)
        {
            string fragment = fragments[i];
            CheckFragment(fragment, key, value, isFirst: i == 0, isOnly: fragments.Length == 1);
            if (i == fragments.Length - 1)
                return (tree, fragment);

            path += (i == 0 ? "" : ".") + fragment;
            if (!tree.TryGet(fragment, out object? inner))
                tree.Set(fragment, inner = new OptionTree());
            tree = inner as OptionTree ?? throw Inconsistent(path, inner as string);
        }
    }

    private static void CheckFragment(string fragment, string key, string? value, bool isFirst, bool isOnly)
    {
        bool isName = fragment.Length > 0 && char.IsAsciiLetter(fragment[0])
            && fragment.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_');
        if (!isName && (isFirst || !IsIndex(fragment)))
        {
            throw OptionErrors.Unknown(
                $"Invalid parameter '{key}'", key, value, Blanks.HintForName(key, [key.Trim()]) ?? $"Rename or remove '{key}': option names consist of letters, digits, '-', '_', starting with a letter.");
        }

        if (fragment.Length > LongestFragment)
        {
            throw OptionErrors.Unknown(
                $"Parameter{(isOnly ? "" : " fragment")} '{fragment}' is too long", key, value, $"No option name is longer than {LongestFragment} characters.");
        }
    }

    /// <summary>Turns objects whose keys are all numbers into lists.</summary>
    private static void Listify(OptionTree tree, string path)
    {
        foreach (string name in tree.Names)
        {
            if (!tree.TryGet(name, out object? value) || value is not OptionTree inner)
                continue;
            Listify(inner, $"{path}{name}.");
            int indices = inner.Names.Count(IsIndex);
            if (indices == inner.Names.Count)
                tree.Set(name, new OptionList([]));
            else if (indices > 0)
                throw Inconsistent(path + name, null);
        }
    }

    private static bool IsIndex(string fragment) => fragment.Length > 0 && fragment.All(char.IsAsciiDigit);

    private static UserErrorException Inconsistent(string path, string? value) => new(
        $"Parameters '{path}.*' used inconsistently", $"Write either {path}=VALUE or {path}.MEMBER=VALUE, not both.")
    {
        Option = path,
        Value = value,
    };
}
