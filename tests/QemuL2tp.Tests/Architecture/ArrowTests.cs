using QemuL2tp.Tests.TestSupport;

namespace QemuL2tp.Tests.Architecture;

public class ArrowTests
{
    private static readonly string s_src = Path.Combine(Repository.Root, "src");

    private static readonly Arrows s_arrows = new(
        Sources.GroupBy(Arrows.PartOf).ToDictionary(
            group => group.Key,
            group => (IReadOnlySet<string>)group.Select(path => Path.GetFileName(path).Split('.')[0]).ToHashSet()));

    private static IEnumerable<string> Sources => Repository.SourcesUnder("src").Select(path => Path.GetRelativePath(s_src, path));

    [Test]
    public void No_arrow_between_the_parts_runs_backwards()
    {
        List<string> findings = [.. Sources.SelectMany(path => s_arrows.Check(path, File.ReadAllText(Path.Combine(s_src, path))))];

        Assert.That(findings, Is.Empty, string.Join('\n', findings));
    }

    [Test]
    public void The_sources_are_found() =>
        Assert.That(Sources, Does.Contain("QemuL2tp/Frames/FrameBatch.cs").And.Contain("QemuL2tp.Cli/Program.cs"));

    [TestCase("QemuL2tp/Pseudowire/X.cs", "using QemuL2tp.Tunnel;")]
    [TestCase("QemuL2tp/Pseudowire/X.cs", "using QemuL2tp.Guest.Stream;")]
    [TestCase("QemuL2tp/Pseudowire/X.cs", "using Tmds.Linux;")]
    [TestCase("QemuL2tp/Pseudowire/X.cs", "using static Tmds.Linux.LibC;")]
    [TestCase("QemuL2tp/Pseudowire/X.cs", "using QemuL2tp.Linux;")]
    [TestCase("QemuL2tp/Pseudowire/X.cs", "using static QemuL2tp.Linux.Glibc;")]
    [TestCase("QemuL2tp/Pseudowire/X.cs", "int n = Linux.Glibc.IOV_MAX;")]
    [TestCase("QemuL2tp/Pseudowire/X.cs", "global::QemuL2tp.Forwarding.Pump pump;")]
    [TestCase("QemuL2tp/Tunnel/X.cs", "using P = QemuL2tp.Pseudowire.Encapsulator;")]
    [TestCase("QemuL2tp/Tunnel/X.cs", "var e = new Pseudowire.Encapsulator(options);")]
    [TestCase("QemuL2tp/Guest/Stream/X.cs", "using QemuL2tp.Tunnel;")]
    [TestCase("QemuL2tp/Guest/VhostUser/Ring/X.cs", "using QemuL2tp.Pseudowire;")]
    [TestCase("QemuL2tp/Guest/VhostUser/Net/X.cs", "using QemuL2tp.Guest.Stream;")]
    [TestCase("QemuL2tp/Guest/VhostUser/X.cs", "var p = new Stream.StreamPort(options, name, log);")]
    [TestCase("QemuL2tp/Guest/Stream/X.cs", "using QemuL2tp.Guest.VhostUser.Ring;")]
    [TestCase("QemuL2tp/Guest/Stream/X.cs", "bool b = Guest.VhostUser.Features.Offered != 0;")]
    [TestCase("QemuL2tp/Guest/Stream/X.cs", "Sockets.StreamSocket.Tune(VhostUser.Ring.Vring.Size);")]
    [TestCase("QemuL2tp/Guest/Sockets/X.cs", "using QemuL2tp.Guest.Stream;")]
    [TestCase("QemuL2tp/Guest/Dgram/X.cs", "using QemuL2tp.Tunnel;")]
    [TestCase("QemuL2tp/Guest/Dgram/X.cs", "using QemuL2tp.Guest.Stream;")]
    [TestCase("QemuL2tp/Tunnel/X.cs", "using QemuL2tp.Guest.Dgram;")]
    [TestCase("QemuL2tp/Datagrams/X.cs", "using QemuL2tp.Tunnel;")]
    [TestCase("QemuL2tp/Datagrams/X.cs", "using QemuL2tp.Guest;")]
    [TestCase("QemuL2tp/Guest/Stream/X.cs", "using QemuL2tp.Datagrams;")]
    [TestCase("QemuL2tp/Guest/X.cs", "using QemuL2tp.Guest.Sockets;")]
    [TestCase("QemuL2tp/Guest/Other/X.cs", "")]
    [TestCase("QemuL2tp/Frames/X.cs", "using QemuL2tp.Options;")]
    [TestCase("QemuL2tp/Options/X.cs", "using QemuL2tp.Frames;")]
    [TestCase("QemuL2tp/Options/X.cs", "using QemuL2tp.Peers;")]
    [TestCase("QemuL2tp/Peers/X.cs", "using QemuL2tp.Pseudowire;")]
    [TestCase("QemuL2tp/Peers/Reading/X.cs", "string text = File.ReadAllText(path);")]
    [TestCase("QemuL2tp/QemuCommandLine/X.cs", "using QemuL2tp.Hosting;")]
    [TestCase("QemuL2tp/QemuCommandLine/X.cs", "File.Exists(path);")]
    [TestCase("QemuL2tp/Forwarding/X.cs", "using QemuL2tp.Cli;")]
    [TestCase("QemuL2tp.Linux/x.cs", "using QemuL2tp.Frames;")]
    [TestCase("QemuL2tp/Helpers/X.cs", "")]
    [TestCase("QemuL2tp/Frames/X.cs", "using System.IO.Pipelines;")]
    [TestCase("QemuL2tp/Options/X.cs", "string text = File.ReadAllText(path);")]
    [TestCase("QemuL2tp/Options/X.cs", "Console.Error.WriteLine();")]
    [TestCase("QemuL2tp/Pseudowire/X.cs", "[DllImport(\"libc\")] static extern int close(int fd);")]
    [TestCase("QemuL2tp/Pseudowire/X.cs", "Socket s = new Socket(a, b, c);")]
    [TestCase("QemuL2tp/Pseudowire/X.cs", "string url = \"http://x\"; using (QemuL2tp.Tunnel.TunnelSession p = null) { }")]
    public void A_planted_violation_is_found(string path, string code) =>
        Assert.That(s_arrows.Check(path, code), Has.Exactly(1).Items.Or.Exactly(2).Items);

    [TestCase("QemuL2tp/Pseudowire/X.cs", "using QemuL2tp.Frames; using QemuL2tp.Options; namespace QemuL2tp.Pseudowire;")]
    [TestCase("QemuL2tp/Tunnel/X.cs", "using static QemuL2tp.Linux.Glibc; using static Tmds.Linux.LibC; using QemuL2tp.Frames;")]
    [TestCase("QemuL2tp.Linux/x.cs", "using Tmds.Linux; namespace QemuL2tp.Linux;")]
    [TestCase("QemuL2tp/Tunnel/X.cs", "using QemuL2tp.Datagrams;")]
    [TestCase("QemuL2tp/Guest/Dgram/X.cs", "using QemuL2tp.Datagrams; using QemuL2tp.Guest.Sockets; using static Tmds.Linux.LibC;")]
    [TestCase("QemuL2tp/Guest/Stream/X.cs", "using QemuL2tp.Guest; using QemuL2tp.Options;")]
    [TestCase("QemuL2tp/Guest/VhostUser/Net/X.cs", "using QemuL2tp.Guest; using QemuL2tp.Guest.Sockets; using QemuL2tp.Guest.VhostUser.Ring; Sockets.StreamSocket.Tune(d);")]
    [TestCase("QemuL2tp/Guest/Stream/X.cs", "Guest.Sockets.StreamSocket.Tune(d); Guest.IGuestPort port;")]
    [TestCase("QemuL2tp/Frames/X.cs", "// using QemuL2tp.Tunnel;\n/* File.Delete(x) */ string s = \"Tmds.Linux\";")]
    [TestCase("QemuL2tp/Pseudowire/X.cs", "bool udp = Tunnel.Udp; int n = this.Tunnel.TunnelSession;")]
    [TestCase("QemuL2tp/Options/X.cs", "kind = FrontendKind.Socket; char quote = '\"'; new UnixFrontendAddress(Path: path);")]
    [TestCase("QemuL2tp.Cli/X.cs", "using QemuL2tp.Forwarding; using QemuL2tp.Tunnel; Console.Out.Flush();")]
    public void What_is_allowed_is_not_found(string path, string code) => Assert.That(s_arrows.Check(path, code), Is.Empty);
}
