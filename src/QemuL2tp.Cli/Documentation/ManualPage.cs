using QemuL2tp.Cli.Commands;

namespace QemuL2tp.Cli.Documentation;

/// <summary>The manual page, in the macros of man(7).</summary>
internal static class ManualPage
{
    private static readonly string[] s_rest =
    [
        ".SH SIGNALS",
        .. Entry("SIGTERM, SIGINT", "End cleanly."),
        .. Entry("SIGHUP", "Reads the files of \\fB\\-\\-config\\fR again: what has not changed goes on undisturbed. Without one it ends like SIGTERM."),
        .. Entry("SIGUSR1", "Prints statistics on standard error."),
        ".SH EXIT STATUS",
        .. Entry("0", "Done."),
        .. Entry("1", "Something in an option text cannot be done; standard error says what, and what would help."),
        .. Entry("2", "The command line is wrong."),
        ".SH ENVIRONMENT",
        .. Entry("XDG_RUNTIME_DIR, RUNTIME_DIRECTORY", "Front ends without a path of their own listen in \\fIqemu\\-l2tp\\fR/ in the former, or right in the latter, which systemd sets."),
        .. Entry("STATE_DIRECTORY, XDG_STATE_HOME", "Where the next sequence number of \\fBx\\-seq=rfc3931\\fR is kept."),
        .. Entry("NOTIFY_SOCKET", "Told when the program is ready and when it ends, as in sd_notify(3)."),
        ".SH FILES",
        .. Entry("/etc/qemu\\-l2tp/NAME.conf", "The pseudowires of \\fBqemu\\-l2tp@NAME.service\\fR."),
        ".SH SEE ALSO",
        ".BR qemu (1),",
        ".BR ip\\-l2tp (8),",
        ".BR systemd.socket (5),",
        "RFC 3931",
    ];

    public static IEnumerable<string> Lines =>
    [
        $".TH QEMU\\-L2TP 1 \"\" \"qemu\\-l2tp {HelpScreen.Version}\" \"User Commands\"",
        // Neither hyphens nor gaps in what is to be copied.
        ".nh",
        ".ad l",
        ".SH NAME",
        $"qemu\\-l2tp \\- {Escaped(CommandTable.Default.Summary)}",
        ".SH SYNOPSIS",
        .. CommandTable.All.SelectMany(Synopsis),
        ".SH DESCRIPTION",
        "A process of its own that QEMU connects to as a network back end. It takes the very option text of QEMU's own",
        "\\fB\\-netdev l2tpv3\\fR, carries the guest's Ethernet frames over an L2TPv3 pseudowire (RFC 3931) in UDP or IP, and counts and",
        "names every frame that it drops. When ready it prints the arguments for QEMU on standard output.",
        ".SH OPTIONS",
        .. CommandTable.Default.Options.SelectMany(Option),
        .. Completion.LibraryOptions.SelectMany(option => Tagged($"\\fB{Escaped("--" + option.Name)}\\fR", Escaped(option.Help))),
        .. KeyInfo.OfKinds.SelectMany(Keys),
        ".SH COMMANDS",
        .. CommandTable.Named.SelectMany(Section),
        ".SH EXAMPLES",
        .. Verbatim(RunHelp.Examples),
        ".SH NUMBERS",
        "SIGUSR1 prints these on standard error, with spaces instead of hyphens and without most of those that are 0;",
        "\\fBquery\\-netdev\\-stats\\fR of the control socket returns all of them, each section as an object of its name.",
        .. Explanations.Numbers.SelectMany(Numbers),
        ".SH DROP REASONS",
        .. Explanations.DropReasons.Entries.SelectMany(Explained),
        .. s_rest,
    ];

    private static string[] Synopsis(Command command) => [".PP", $"\\fB{Escaped(command.FullName)}\\fR {Escaped(command.Usage)}"];

    private static IEnumerable<string> Option(OptionInfo option) => Tagged(
        $"{string.Join(", ", Completion.Spellings(option.Name).Select(spelling => $"\\fB{Escaped(spelling)}\\fR"))}{(option.TakesValue ? $" \\fI{Escaped(option.MetaValue)}\\fR" : "")}",
        Escaped(option.Help + (option.Default is { } value ? $" Default: {value}." : "")));

    private static IEnumerable<string> Keys(KeyValuePair<string, KeyInfo[]> kind) =>
    [
        $".SH KEYS OF {Escaped((kind.Key == KeyInfo.Pseudowire ? "-netdev " : "--frontend ") + kind.Key)}",
        .. kind.Value.SelectMany(key => Tagged($"\\fB{Escaped(key.Name)}\\fR", Escaped(key.Help))),
    ];

    private static IEnumerable<string> Numbers(ExplanationSection section) =>
    [
        $".SS {Escaped(section.Name)}",
        Escaped($"{char.ToUpperInvariant(section.About[0])}{section.About[1..]}."),
        .. section.Entries.SelectMany(Explained),
    ];

    private static IEnumerable<string> Explained(Explanation entry) =>
        Tagged($"\\fB{Escaped(entry.Name)}\\fR ({Escaped(entry.Kind)})", Escaped(entry.Text));

    private static IEnumerable<string> Section(Command command) =>
    [
        $".SS {Escaped(command.FullName)}",
        Escaped(command.Summary) + ".",
        .. command.Options.SelectMany(Option),
        .. Verbatim(command.Details()),
    ];

    private static IEnumerable<string> Verbatim(IEnumerable<string> lines)
    {
        string[] all = [.. lines.SkipWhile(string.IsNullOrEmpty)];
        return all.Length == 0 ? [] : [".PP", ".nf", .. all.Select(line => line.Length == 0 ? ".sp" : Escaped(line)), ".fi"];
    }

    private static string[] Entry(string tag, string text) => Tagged($"\\fB{tag}\\fR", text);

    private static string[] Tagged(string tag, string text) => [".TP", tag, text];

    /// <summary>Text of the page: dashes that can be copied, no macros, backslashes as they are.</summary>
    private static string Escaped(string text)
    {
        string escaped = text
            .Replace(@"\", @"\e", StringComparison.Ordinal)
            .Replace("-", @"\-", StringComparison.Ordinal)
            .Replace("^", @"\(ha", StringComparison.Ordinal)
            .Replace("~", @"\(ti", StringComparison.Ordinal);
        return escaped.Length > 0 && escaped[0] is '.' or '\'' ? @"\&" + escaped : escaped;
    }
}
