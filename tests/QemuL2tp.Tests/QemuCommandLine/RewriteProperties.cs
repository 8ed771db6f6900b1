using FsCheck;
using FsCheck.Fluent;
using QemuL2tp.Options;
using QemuL2tp.QemuCommandLine;

namespace QemuL2tp.Tests.QemuCommandLine;

/// <summary>For any command line: what is not l2tpv3 stays as it is and where it is.</summary>
public class RewriteProperties
{
    private static readonly string[] s_words =
    [
        "-netdev", "--net", "-nic", "-device", "-object", "-machine", "-M", "-m", "-S", "-daemonize", "", "-", "--", "é\n\"'", "user,id=u", "{}", "{\"type\":", "[",
        "l2tp", "{\"type\":\"user\",\"id\":\"a\"}", "virtio-net-pci,netdev=a", "{\"driver\":\"virtio-net-pci\",\"netdev\":\"a\"}", "e1000,netdev=b",
        "memory-backend-memfd,id=m", "memory-backend=m", "q35,memory-backend=m", "size=1G", "1G", "type=type=", ",", ",,", "=", "id=,type=",
    ];

    private static readonly string[] s_pseudowires = ["l2tpv3", "l2tpv3,id=a", "id=b,type=l2tpv3", "l2tpv3,name=c,vlan=0", "l2tpv3,model=virtio,src=,,"];

    private static Gen<List<string>> Words => Gen.Elements(s_words).ListOf().Select(words => words.ToList());

    [Test]
    public void A_line_without_l2tpv3_is_unchanged() =>
        Prop.ForAll(Words.ToArbitrary(), words => Same(Try(["q", .. words], FrontEndWish.Auto), ["q", .. words])).QuickCheckThrowOnFailure();

    [Test]
    public void With_one_all_other_words_stay_in_their_order()
    {
        Arbitrary<(List<string> Before, string Option, string Text, List<string> After)> lines =
            (from before in Words
             from option in Gen.Elements(["-netdev", "-net", "--nic"])
             from text in Gen.Elements(s_pseudowires)
             from after in Words
             select (before, option, text, after)).ToArbitrary();

        Prop.ForAll(lines, line =>
        {
            // "-m" before it would make the option a value, for QEMU too.
            string[] words = ["q", .. line.Before, "-S", line.Option, line.Text, .. line.After];
            int at = line.Before.Count + 2;
            string[] rewritten = Try(words, FrontEndWish.Stream);
            return Same(rewritten[..at], words[..at]) && Same(rewritten[(at + 2)..], words[(at + 2)..])
                && rewritten[at] == words[at] && !rewritten[at + 1].Contains("l2tpv3", StringComparison.Ordinal);
        }).QuickCheckThrowOnFailure();
    }

    /// <summary>Whatever is asked of whatever line, the answer is a line or a user's error.</summary>
    [Test]
    public void Nothing_but_a_users_error_is_thrown() =>
        Prop.ForAll(
            Gen.Elements([.. s_words, .. s_pseudowires, .. s_pseudowires]).ListOf().ToArbitrary(),
            words => Try(["qemu-system-x86_64", .. words], FrontEndWish.VhostUser).Length > 0).QuickCheckThrowOnFailure();

    private static string[] Try(string[] words, FrontEndWish wish)
    {
        try
        {
            IReadOnlyList<L2tpv3Argument> pseudowires = L2tpv3Argument.Find(words);
            return new RewritePlan(words, pseudowires, wish, new QemuVersion(10, 0), []).Qemu([.. Enumerable.Range(50, pseudowires.Count)]);
        }
        catch (UserErrorException e) when (wish == FrontEndWish.VhostUser)
        {
            return [e.Problem];
        }
    }

    private static bool Same(string[] one, string[] other) => one.SequenceEqual(other);
}
