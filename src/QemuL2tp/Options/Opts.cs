namespace QemuL2tp.Options;

/// <summary>Option text in QEMU's older syntax after tokenizing: its id, and every other item in order.</summary>
/// <param name="Id">The first <c>id</c> of the text (QEMU keeps the first, unlike every other option), or null.</param>
/// <param name="Items">All items but <c>id</c>.</param>
internal sealed record Opts(string? Id, IReadOnlyList<OptsItem> Items)
{
    /// <summary>Tokenizes, checks the id, and warns about bare words as QEMU does.</summary>
    /// <exception cref="UserErrorException">The id is not an identifier; found before any warning, as in QEMU.</exception>
    public static Opts Parse(string text, ICollection<string> warnings)
    {
        string? id = FindId(text);
        if (id is not null && !Identifier.IsValid(id))
            throw OptionErrors.NotAnIdentifier("id", id);

        var items = new List<OptsItem>();
        foreach (OptsItem item in OptsTokenizer.Items(text, "type"))
        {
            if (item.Word is not null && item.Word is not ("help" or "?"))
                warnings.Add($"short-form boolean option '{item.Word}' deprecated\nPlease use {item.Name}={item.Value} instead");
            if (item.Name != "id")
                items.Add(item);
        }

        return new Opts(id, items);
    }

    /// <summary>The last value of an option, or null.</summary>
    public string? Last(string name)
    {
        for (int i = Items.Count - 1; i >= 0; i--)
        {
            if (Items[i].Name == name)
                return Items[i].Value;
        }

        return null;
    }

    /// <summary>The first <c>id</c> of a text, right or wrong; null when there is none.</summary>
    public static string? FindId(string text)
    {
        foreach (OptsItem item in OptsTokenizer.Items(text, null))
        {
            if (item.Name == "id")
                return item.Value;
        }

        return null;
    }
}
