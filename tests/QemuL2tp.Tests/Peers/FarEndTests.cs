using FsCheck;
using FsCheck.Fluent;
using QemuL2tp.Options;
using QemuL2tp.Peers;
using QemuL2tp.Peers.Reading;
using QemuL2tp.Tests.TestSupport;

namespace QemuL2tp.Tests.Peers;

/// <summary>Whoever goes to the other end and back is where he was.</summary>
public sealed class FarEndTests
{
    private static readonly Config s_config = Config.QuickThrowOnFailure.WithMaxTest(1000);

    [Test]
    public void The_far_end_of_the_far_end_is_this_end() =>
        Check(PeerOptions.ForLinux, options => FarEnd.Of(FarEnd.Of(options)) == options);

    [Test]
    public void What_Linux_is_told_is_read_as_the_options_it_was_written_for() =>
        Check(PeerOptions.ForLinux, options => ReadBack("linux", options) == AsRead(options));

    [Test]
    public void What_NetBSD_is_told_is_read_as_the_options_it_was_written_for() =>
        Check(PeerOptions.ForNetBsd, options => ReadBack("netbsd", options) == options);

    [Test]
    public void The_line_for_QEMU_is_written_back_as_our_own() =>
        Check(PeerOptions.ForQemu, options => QemuLine(QemuLine(options)) == options);

    [Test]
    public void Own_doing_is_not_asked_of_the_far_end()
    {
        L2tpv3Options options = NetdevParser.Parse(
            "l2tpv3,id=a,src=10.0.0.1,dst=10.0.0.2,txsession=1,counter=on,txcookie=0x1122334455,rxcookie=2,x-rxcookie2=3,x-reorder-window=5,x-reorder-hold=1,x-reorder-late=drop,"
            + "x-restart-run=4,x-seq=rfc3931,x-seq-file=f,x-strict-source=off,x-gro=off", []);
        Assert.That(
            NetdevWriter.Write(FarEnd.Of(options)),
            Is.EqualTo("l2tpv3,id=a,src=10.0.0.2,dst=10.0.0.1,txsession=1,rxsession=1,counter=on,txcookie=0x00000002,rxcookie=0x22334455,x-seq=rfc3931"));
    }

    private static void Check(Gen<L2tpv3Options> options, Func<L2tpv3Options, bool> property) =>
        Prop.ForAll(options.ToArbitrary(), property).Check(s_config);

    private static L2tpv3Options ReadBack(string peer, L2tpv3Options options)
    {
        string text = string.Join('\n', PeerLines.Write(peer, options));
        return NetdevParser.Parse(NetdevWriter.Write(PeerConfigReader.Read(text, []).Single()), []);
    }

    /// <summary>Linux does not show whether our counter counts: 0 is what suits it best.</summary>
    private static L2tpv3Options AsRead(L2tpv3Options options) =>
        options with { PinCounter = options is { Counter: true, Rfc3931Sequencing: false } };

    private static L2tpv3Options QemuLine(L2tpv3Options options)
    {
        string argument = PeerLines.Effective(PeerLines.Write("qemu", options)).Single();
        // As a shell would take it apart.
        string text = argument["-netdev ".Length..].Replace(@"'\''", "\0", StringComparison.Ordinal).Replace("'", "", StringComparison.Ordinal).Replace('\0', '\'');
        return NetdevParser.Parse(text, []);
    }
}
