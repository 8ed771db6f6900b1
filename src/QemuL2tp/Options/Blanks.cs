namespace QemuL2tp.Options;

/// <summary>Blanks around the items of an option text, which QEMU takes for a part of them.</summary>
internal static class Blanks
{
    /// <returns>What to do about a value with blanks around it; null when it has none.</returns>
    public static string? Hint(string name, string value) => value.Trim() == value
        ? null
        : $"There is a blank in '{name}={value}': write the items with commas between them and nothing else, {name}={value.Trim()} here.";

    /// <returns>What to do about a name that would be known without the blanks around it; null when it is another.</returns>
    public static string? HintForName(string name, IEnumerable<string> known) => name.Trim() is var bare && bare != name && known.Contains(bare)
        ? $"There is a blank around the name in '{name}=': write the items with commas between them and nothing else, '{bare}' here."
        : null;
}
