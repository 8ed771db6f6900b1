using QemuL2tp.Cli.Commands;

namespace QemuL2tp.Cli.Documentation;

/// <summary>Completion for zsh, by its <c>_arguments</c> and <c>_values</c>.</summary>
internal static class ZshCompletion
{
    public static IEnumerable<string> Lines =>
    [
        "#compdef qemu-l2tp",
        "# zsh completion for qemu-l2tp, from `qemu-l2tp generate zsh`.",
        "",
        "# _qemu_l2tp_text KIND…: an option text of one of these kinds.",
        "_qemu_l2tp_text()",
        "{",
        "    local kind=${PREFIX%%,*}",
        "    if ! compset -P '[^,]#,'; then",
        "        compadd -q -S , -- \"$@\"",
        "        return",
        "    fi",
        "    case $kind in",
        .. KeyInfo.OfKinds.SelectMany(Keys),
        "    esac",
        "}",
        "",
        "_qemu_l2tp()",
        "{",
        "    setopt local_options extended_glob",
        "    local -a commands=(",
        .. CommandTable.Named.Select(command => $"        {Completion.Quoted($"{command.Name}:{Completion.Brief(command.Summary)}")}"),
        "    )",
        "    if (( CURRENT == 2 )); then",
        "        _describe -t commands command commands",
        "    fi",
        "    case $words[2] in",
        .. CommandTable.Named.SelectMany(command => Arguments(command, command.Name)),
        .. Arguments(CommandTable.Default, "*"),
        "    esac",
        "}",
        "",
        "_qemu_l2tp \"$@\"",
    ];

    private static IEnumerable<string> Keys(KeyValuePair<string, KeyInfo[]> kind) =>
    [
        $"        {kind.Key})",
        $"            _values -s , {Completion.Quoted($"key of {kind.Key}")} \\",
        .. Joined(kind.Value.Select(key => Completion.Quoted($"{key.Name}[{Escaped(key.Help)}]:{Action("value", key.Choices, key.IsFile)}"))),
        "            ;;",
    ];

    private static IEnumerable<string> Arguments(Command command, string pattern) =>
    [
        $"        {pattern})",
        .. command.Name.Length == 0 ? Array.Empty<string>() : ["            shift words", "            (( CURRENT-- ))"],
        "            _arguments -S \\",
        .. Joined(
            [
                .. command.Options.SelectMany(option => Completion.Spellings(option.Name).Select(spelling => Argument(option, spelling))),
                .. Completion.LibraryOptions.Select(option => Completion.Quoted($"--{option.Name}[{option.Help}]")),
                .. command.Operands is null ? Array.Empty<string>() : [Completion.Quoted("*:" + Operands(command))],
            ]),
        "            ;;",
    ];

    private static string Argument(OptionInfo option, string spelling)
    {
        string repeatable = option.IsRepeatable ? "*" : "";
        string head = $"{repeatable}{spelling}{(option.TakesValue ? "=" : "")}[{Escaped(Completion.Brief(option.Help))}]";
        if (!option.TakesValue)
            return Completion.Quoted(head);
        string[] kinds = KeyInfo.KindsOf(option);
        return Completion.Quoted(kinds.Length > 0
            ? $"{head}:{Escaped(option.MetaValue)}: _qemu_l2tp_text {string.Join(' ', kinds)}"
            : $"{head}:{Action(option.MetaValue, option.Choices, Completion.TakesFile(option))}");
    }

    private static string Operands(Command command) => Completion.OperandsOf(command) is { Length: > 0 } words
        ? Action(command.Name, words, isFile: false)
        : $":{Escaped(command.Operands!)}:{(command.Operands == "FILE" ? "_files" : " _normal")}";

    private static string Action(string message, string[] choices, bool isFile) =>
        $"{Escaped(message)}:{(choices.Length > 0 ? $"({string.Join(' ', choices)})" : isFile ? "_files" : "")}";

    private static IEnumerable<string> Joined(IEnumerable<string> words)
    {
        string[] all = [.. words];
        return all.Select((word, i) => $"                {word}{(i < all.Length - 1 ? " \\" : "")}");
    }

    private static string Escaped(string text) => text
        .Replace(@"\", @"\\", StringComparison.Ordinal)
        .Replace(":", @"\:", StringComparison.Ordinal)
        .Replace("[", @"\[", StringComparison.Ordinal)
        .Replace("]", @"\]", StringComparison.Ordinal);
}
