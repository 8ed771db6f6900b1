using QemuL2tp.Cli.Commands;

namespace QemuL2tp.Cli.Documentation;

/// <summary>Writes what is made of the tables of commands, options and numbers: the manual page, the completions of shells, a page of the guide.</summary>
internal static class GenerateCommand
{
    private static readonly Dictionary<string, Func<IEnumerable<string>>> s_kinds = new()
    {
        ["man"] = () => ManualPage.Lines,
        ["bash"] = () => BashCompletion.Lines,
        ["zsh"] = () => ZshCompletion.Lines,
        ["fish"] = () => FishCompletion.Lines,
        ["numbers"] = () => NumbersPage.Lines,
    };

    /// <summary>What there is, as a meta value.</summary>
    public static string Kinds => string.Join('|', s_kinds.Keys);

    /// <summary>What its help says besides.</summary>
    public static string[] Details { get; } =
    [
        "",
        "Where the results go:",
        "  man     qemu-l2tp.1 in a directory man1 of $MANPATH, or: qemu-l2tp generate man | man -l -",
        "  bash    qemu-l2tp in ~/.local/share/bash-completion/completions, or: source <(qemu-l2tp generate bash)",
        "  zsh     _qemu-l2tp in a directory of $fpath",
        "  fish    qemu-l2tp.fish in ~/.config/fish/completions",
        "  numbers qemu-scripts/guide/numbers.md: what each number, state and drop reason means",
    ];

    /// <returns>The exit status.</returns>
    public static int Run(string[] operands)
    {
        if (operands is not [var kind])
            return HelpScreen.WrongUsage(CommandTable.Generate, $"one word is needed: {Kinds}");
        if (!s_kinds.TryGetValue(kind, out Func<IEnumerable<string>>? lines))
            return HelpScreen.WrongUsage(CommandTable.Generate, $"'{kind}' cannot be generated: write {string.Join(", ", s_kinds.Keys.SkipLast(1))} or {s_kinds.Keys.Last()}");
        Stdout.WriteLine(string.Join('\n', lines()));
        return 0;
    }
}
