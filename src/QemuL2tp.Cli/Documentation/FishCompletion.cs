using QemuL2tp.Cli.Commands;

namespace QemuL2tp.Cli.Documentation;

/// <summary>Completion for fish: one <c>complete</c> for each option of each command.</summary>
internal static class FishCompletion
{
    public static IEnumerable<string> Lines =>
    [
        "# fish completion for qemu-l2tp, from `qemu-l2tp generate fish`.",
        "",
        "function __qemu_l2tp_is --argument-names wanted --description 'Whether the line has this command'",
        "    set -l words (commandline -opc)",
        "    set -l command ''",
        $"    if set -q words[2]; and contains -- $words[2] {string.Join(' ', CommandTable.Named.Select(command => command.Name))}",
        "        set command $words[2]",
        "    end",
        "    test \"$command\" = \"$wanted\"; and not contains -- -- $words",
        "end",
        "",
        "function __qemu_l2tp_text --description 'What may be the last item of an option text of these kinds'",
        "    set -l text (commandline -ct | string replace -r '^--?[a-z-]+=' '')",
        "    if not string match -q '*,*' -- $text",
        "        printf '%s,\\n' $argv",
        "        return",
        "    end",
        "    set -l done (string replace -r '[^,]*$' '' -- $text)",
        "    switch $text",
        .. KeyInfo.OfKinds.SelectMany(Keys),
        "    end",
        "end",
        "",
        "complete -c qemu-l2tp -f",
        .. CommandTable.Named.Select(command => $"complete -c qemu-l2tp -n 'test (count (commandline -opc)) -eq 1' -a {command.Name} -d {Quoted(command.Summary)}"),
        .. CommandTable.All.SelectMany(Options),
    ];

    private static IEnumerable<string> Keys(KeyValuePair<string, KeyInfo[]> kind) =>
    [
        $"        case '{kind.Key},*'",
        .. kind.Value.Select(key => $"            printf '%s%s\\t%s\\n' $done {key.Name}= {Quoted(key.Help)}"),
        .. kind.Value.SelectMany(key => key.Choices.Select(choice => $"            printf '%s%s\\n' $done {key.Name}={choice}")),
    ];

    private static IEnumerable<string> Options(Command command)
    {
        string start = $"complete -c qemu-l2tp -n {Quoted($"__qemu_l2tp_is '{command.Name}'")}";
        return
        [
            .. command.Options.Select(option => $"{start} {Names(option.Name)}{Value(option)} -d {Quoted(Completion.Brief(option.Help))}"),
            .. Completion.LibraryOptions.Select(option => $"{start} -l {option.Name} -d {Quoted(option.Help)}"),
            .. command.Operands is null ? Array.Empty<string>() : [$"{start} {Operands(command)}"],
        ];
    }

    private static string Operands(Command command) =>
        Completion.OperandsOf(command) is { Length: > 0 } words ? $"-a {Quoted(string.Join(' ', words))}" : "-F";

    private static string Names(string name) =>
        string.Join(' ', Completion.Spellings(name).Select(spelling => spelling.StartsWith("--", StringComparison.Ordinal) ? $"-l {name}" : $"-o {name}"));

    private static string Value(OptionInfo option)
    {
        if (!option.TakesValue)
            return "";
        if (Completion.TakesFile(option))
            return " -r -F";
        string[] kinds = KeyInfo.KindsOf(option);
        return kinds.Length > 0
            ? $" -x -a '(__qemu_l2tp_text {string.Join(' ', kinds)})'"
            : option.Choices.Length > 0 ? $" -x -a {Quoted(string.Join(' ', option.Choices))}" : " -x";
    }

    // In fish's single quotes a backslash escapes.
    private static string Quoted(string text) =>
        $"'{text.Replace(@"\", @"\\", StringComparison.Ordinal).Replace("'", @"\'", StringComparison.Ordinal)}'";
}
