using QemuL2tp.QemuCommandLine;

namespace QemuL2tp.Tests.QemuCommandLine;

/// <summary>A command line after rewriting; pseudowire i has descriptor 50 + i in QEMU and 60 + i in the back end.</summary>
internal sealed record Rewritten(string[] Qemu, string[] BackEnd, string[] Warnings)
{
    public static readonly QemuVersion Qemu72 = new(7, 2);

    public static Rewritten Of(IReadOnlyList<string> words, FrontEndWish wish = FrontEndWish.Auto, QemuVersion? version = null)
    {
        List<string> warnings = [];
        var plan = new RewritePlan(words, L2tpv3Argument.Find(words), wish, version ?? Qemu72, warnings);
        return new Rewritten(plan.Qemu(Numbers(50)), plan.BackEnd(Numbers(60)), [.. warnings]);
    }

    /// <summary>Of a line whose words have no spaces in them.</summary>
    public static Rewritten Of(string line, FrontEndWish wish = FrontEndWish.Auto, QemuVersion? version = null) => Of(line.Split(' '), wish, version);

    private static int[] Numbers(int first) => [.. Enumerable.Range(first, 10)];
}
