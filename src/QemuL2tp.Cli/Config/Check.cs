using QemuL2tp.Cli.Commands;
using QemuL2tp.Hosting;

namespace QemuL2tp.Cli.Config;

/// <summary>Validates configuration files and opens nothing.</summary>
internal static class Check
{
    /// <returns>The exit status.</returns>
    public static int Run(CheckOptions options, string[] operands)
    {
        string[] files = [.. options.Files, .. operands];
        if (files.Length == 0)
            return HelpScreen.WrongUsage(CommandTable.Check, "no configuration file: qemu-l2tp check FILE");
        List<PseudowirePlan> plans = ConfigPlans.From(files, DefaultFrontend.Foresee, Stderr.WriteLine, out List<ConfigMistake> mistakes);
        foreach (ConfigMistake mistake in mistakes)
            Stderr.WriteLine(mistake.ToString());
        if (mistakes.Count > 0)
            return 1;
        Stdout.WriteLine($"{string.Join(", ", files)}: {plans.Count} pseudowire{(plans.Count == 1 ? "" : "s")}, no mistake");
        return 0;
    }
}
