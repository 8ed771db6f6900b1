namespace QemuL2tp.Options;

/// <summary>Options about received numbers that do nothing as things stand. Each text names option, value and remedy.</summary>
internal static class L2tpv3NumberWarnings
{
    private static readonly string[] s_aboutNumbers = ["x-reorder-window", "x-reorder-hold", "x-reorder-late", "x-restart-run"];
    private static readonly string[] s_aboutTheWindow = ["x-reorder-hold", "x-reorder-late"];

    public static void Add(OptionValues values, L2tpv3Options options, List<string> warnings)
    {
        bool hasWindow = options.ReorderWindow > 0;
        if (!options.Counter)
        {
            foreach (string name in s_aboutNumbers.Where(name => values.ContainsKey(name) && (hasWindow || name != "x-reorder-window")))
                warnings.Add($"{name}={values[name]} has no effect without counter: packets carry no number to order them by; add counter=on if the peer sends the field, or leave {name} out");
        }
        else if (!hasWindow)
        {
            foreach (string name in s_aboutTheWindow.Where(values.ContainsKey))
                warnings.Add($"{name}={values[name]} has no effect without x-reorder-window: no frame is held back; add x-reorder-window=64, or leave {name} out");
        }
    }
}
