using QemuL2tp.Options;

namespace QemuL2tp.Cli.Commands;

/// <summary>What is said about a word that is neither an option nor its value.</summary>
internal static class StrayWord
{
    private const string AsOneWord = "write the text of an option as one word, items separated by commas without spaces, in quotes where the shell needs them";
    private const string NoCommand = "leave it out: a back end is started by its options alone, qemu-l2tp -netdev l2tpv3,...";
    private const string Numbers = "numbers of a running one are printed on SIGUSR1, and answered to query-netdev-stats on its --qmp socket";

    /// <summary>Commands that other programs have, and what is in their place here.</summary>
    private static readonly Dictionary<string, string> s_commands = new()
    {
        ["help"] = "write qemu-l2tp --help, or qemu-l2tp COMMAND --help",
        ["version"] = "write qemu-l2tp --version",
        ["run"] = NoCommand,
        ["start"] = NoCommand,
        ["serve"] = NoCommand,
        ["daemon"] = NoCommand,
        ["connect"] = NoCommand,
        ["stats"] = Numbers,
        ["statistics"] = Numbers,
        ["status"] = Numbers,
        ["show"] = Numbers,
        ["info"] = Numbers,
        ["list"] = Numbers,
        ["stop"] = "end a running one by SIGTERM, or by quit on its --qmp socket",
        ["quit"] = "end a running one by SIGTERM, or by quit on its --qmp socket",
        ["reload"] = "a running one reads its --config files again on SIGHUP",
        ["add"] = "a running one takes netdev_add on its --qmp socket",
        ["del"] = "a running one takes netdev_del on its --qmp socket",
        ["config"] = "write qemu-l2tp --config FILE, or qemu-l2tp check FILE",
        ["validate"] = "write qemu-l2tp check FILE",
        ["test"] = "write qemu-l2tp check FILE, or qemu-l2tp exec --dry-run",
        ["man"] = "write qemu-l2tp generate man",
        ["completion"] = "write qemu-l2tp generate bash, zsh or fish",
    };

    /// <param name="command">Whose arguments they are.</param>
    /// <param name="word">The word.</param>
    /// <param name="isFirst">Whether it is the first argument.</param>
    public static string Describe(Command command, string word, bool isFirst)
    {
        if (!isFirst)
            return $"unexpected argument '{word}': {AsOneWord}";
        string kind = word.Split(',')[0];
        if (kind == "l2tpv3")
            return $"unexpected argument '{word}': write -netdev in front of it";
        if (FrontendParser.Keys.ContainsKey(kind) && word.Contains(',', StringComparison.Ordinal))
            return $"unexpected argument '{word}': write --frontend in front of it";
        if (command != CommandTable.Default || word.Contains('=', StringComparison.Ordinal) || word.Contains(',', StringComparison.Ordinal))
            return $"unexpected argument '{word}': {AsOneWord}";
        if (word.Contains('/', StringComparison.Ordinal) || word.Contains('.', StringComparison.Ordinal))
            return $"unexpected argument '{word}': for a configuration file write --config {word}; QEMU is started by qemu-l2tp exec -- {word} ...";
        if (s_commands.TryGetValue(word.ToLowerInvariant(), out string? instead))
            return $"unknown command '{word}': {instead}";
        if (word.StartsWith("qemu", StringComparison.Ordinal))
            return $"unknown command '{word}': QEMU is started by qemu-l2tp exec -- {word} ...";
        return CommandTable.Nearest(word) is { } nearest
            ? $"unknown command '{word}'; did you mean {nearest}?"
            : $"unknown command '{word}': there are {string.Join(", ", CommandTable.Named.Select(known => known.Name))}; without one, options come first, as in qemu-l2tp -netdev l2tpv3,...";
    }
}
