using System.Text.RegularExpressions;
using QemuL2tp.Cli.Commands;
using QemuL2tp.Cli.Documentation;
using QemuL2tp.Options;
using QemuL2tp.Tests.TestSupport;

namespace QemuL2tp.Tests.Cli.Documentation;

/// <summary>Help, manual page, README.md and the completions say the same of every option, every key and every number.</summary>
internal sealed class AgreementTests
{
    private static readonly string s_readme = Plain(File.ReadAllText(Path.Combine(Repository.Root, "README.md")).Replace(@"\|", "|").Replace("…", "...").Replace("`", ""));
    private static readonly string s_manual = Plain(Unescaped(ManualPage.Lines));
    private static readonly string s_help = Plain(CommandTable.Default.Help());
    private static readonly string s_numbers = File.ReadAllText(Path.Combine(Repository.Root, "qemu-scripts/guide/numbers.md"));
    private static readonly string s_bash = string.Join('\n', BashCompletion.Lines);
    private static readonly string s_zsh = string.Join('\n', ZshCompletion.Lines);
    private static readonly string s_fish = string.Join('\n', FishCompletion.Lines);

    [TestCaseSource(nameof(Options))]
    public void Each_option_has_its_name_its_value_and_its_help_everywhere(Command command, OptionInfo option)
    {
        string written = option.TakesValue ? $"--{option.Name} {option.MetaValue}" : $"--{option.Name}";
        string brief = Completion.Brief(option.Help);
        Assert.Multiple(() =>
        {
            Assert.That(Plain(command.Help()), Does.Match($@"--{option.Name}{(option.TakesValue ? "[ =]" + Regex.Escape(option.MetaValue) : "")} .*{Regex.Escape(Plain(option.Help))}"), "help");
            Assert.That(s_manual.Contains($"{written} {Plain(option.Help)}"), $"manual page: {written}");
            Assert.That(Regex.IsMatch(s_readme, $@"\| [^|]*{Regex.Escape(written)}"), $"README.md: {written}");
            Assert.That(s_bash, Does.Match($@"'{command.Name}'\) echo '[^']*--{option.Name} "), "bash");
            Assert.That(Unquoted(s_zsh), Does.Match($@"\*?--{option.Name}=?\[{Regex.Escape(brief)}\]"), "zsh");
            Assert.That(Unquoted(s_fish), Does.Match($@"-l {option.Name} .*-d '{Regex.Escape(brief)}'"), "fish");
        });
    }

    [TestCaseSource(nameof(OptionsWithWords))]
    public void Values_that_can_be_listed_are_completed(Command command, OptionInfo option)
    {
        string list = string.Join(' ', WordsOf(option));
        Assert.Multiple(() =>
        {
            Assert.That(s_bash, Does.Match($"'{command.Name} -{option.Name}'\\) echo '(words|text) {list}'"), "bash");
            Assert.That(s_zsh, Does.Match($@"--{option.Name}=\[.*:(\({list}\)| _qemu_l2tp_text {list})'"), "zsh");
            Assert.That(s_fish, Does.Match($"-l {option.Name} -x -a '(\\(__qemu_l2tp_text {list}\\)|{list})'"), "fish");
        });
    }

    [TestCaseSource(nameof(Keys))]
    public void Each_key_is_in_the_manual_page_and_the_completions(string kind, KeyInfo key) => Assert.Multiple(() =>
    {
        Assert.That(s_manual.Contains($"{key.Name} {Plain(key.Help)}"), "manual page");
        Assert.That(s_bash, Does.Match($@"'{kind}'\) echo '([^']* )?{Regex.Escape(key.Name)}={Regex.Escape(string.Join('|', key.Choices))}[ ']"), "bash");
        Assert.That(Unquoted(s_zsh), Does.Contain($"'{key.Name}[{key.Help}]:"), "zsh");
        Assert.That(Unquoted(s_fish), Does.Contain($"$done {key.Name}= '{key.Help}'"), "fish");
    });

    [TestCaseSource(nameof(Explained))]
    public void Each_number_each_word_and_each_drop_reason_is_explained_everywhere(ExplanationSection section, Explanation entry) => Assert.Multiple(() =>
    {
        Assert.That(s_manual.Contains($"{entry.Name} ({entry.Kind}) {Plain(entry.Text)}"), "manual page");
        Assert.That(s_help.Contains($"{entry.Name}{(entry.Kind == "reason" ? " " : ": ")}{Plain(entry.Text)}"), "help");
        Assert.That(s_numbers, Does.Match($@"\| `{Regex.Escape(entry.Name)}` \| .*{Regex.Escape(entry.Meaning)}.*{Regex.Escape(entry.Remedy)}"), section.Name);
    });

    [Test]
    public void The_page_about_numbers_is_the_one_that_is_generated() =>
        Assert.That(s_numbers, Is.EqualTo(string.Join('\n', NumbersPage.Lines) + "\n"), "run: qemu-l2tp generate numbers > qemu-scripts/guide/numbers.md");

    [Test]
    public void Every_kind_of_front_end_is_named_by_the_option_and_has_keys()
    {
        OptionInfo frontend = CommandTable.Default.Options.Single(option => option.Name == "frontend");
        Assert.That(frontend.MetaValue, Is.EqualTo(string.Join('|', FrontendParser.Keys.Keys) + ",..."));
    }

    [Test]
    public void Each_command_is_everywhere() => Assert.Multiple(() =>
    {
        foreach (Command command in CommandTable.All)
        {
            Assert.That(s_manual, Does.Contain(command.FullName + " " + Plain(command.Usage)));
            Assert.That(s_readme, Does.Contain(command.FullName));
        }

        foreach (Command command in CommandTable.Named)
        {
            Assert.That(s_bash, Does.Match($"_qemu_l2tp_commands.*{command.Name}"));
            Assert.That(s_zsh, Does.Contain($"'{command.Name}:"));
            Assert.That(s_fish, Does.Contain($"-a {command.Name} -d"));
        }
    });

    private static IEnumerable<TestCaseData> Options() => CasesOf(_ => true);

    private static IEnumerable<TestCaseData> OptionsWithWords() => CasesOf(option => WordsOf(option).Length > 0);

    private static string[] WordsOf(OptionInfo option) => option.Choices.Length > 0 ? option.Choices : KeyInfo.KindsOf(option);

    private static IEnumerable<TestCaseData> CasesOf(Func<OptionInfo, bool> isCase) =>
        from command in CommandTable.All
        from option in command.Options.Where(isCase)
        select new TestCaseData(command, option).SetArgDisplayNames($"{command.FullName} --{option.Name}");

    private static IEnumerable<TestCaseData> Keys() =>
        from kind in KeyInfo.OfKinds
        from key in kind.Value
        select new TestCaseData(kind.Key, key).SetArgDisplayNames($"{kind.Key},{key.Name}");

    private static IEnumerable<TestCaseData> Explained() =>
        from section in Explanations.Numbers.Append(Explanations.DropReasons)
        from entry in section.Entries
        select new TestCaseData(section, entry).SetArgDisplayNames($"{section.Name} {entry.Name}");

    /// <summary>One space for each run of white space.</summary>
    private static string Plain(string text) => Regex.Replace(text, @"\s+", " ");

    /// <summary>The text that a manual page shows, without its macros.</summary>
    private static string Unescaped(IEnumerable<string> lines) => string.Join('\n', lines.Where(line => !line.StartsWith('.') || line.StartsWith(@"\&", StringComparison.Ordinal)))
        .Replace(@"\fB", "").Replace(@"\fI", "").Replace(@"\fR", "").Replace(@"\-", "-").Replace(@"\(ha", "^").Replace(@"\(ti", "~").Replace(@"\&", "").Replace(@"\e", @"\");

    /// <summary>Quotes and backslashes of the shells taken away from inside of words.</summary>
    private static string Unquoted(string text) => text.Replace(@"'\''", "'").Replace(@"\", "");
}
