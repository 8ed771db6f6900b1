using Microsoft.CodeAnalysis;

namespace QemuL2tp.Tests.Architecture;

public class ArrowTests
{
    private static readonly Arrows s_arrows = new(SourceModel.Ours);

    [Test]
    public void No_arrow_between_the_parts_runs_backwards()
    {
        List<string> findings = [.. s_arrows.CheckAll().Order(StringComparer.Ordinal)];

        Assert.That(findings, Is.Empty, string.Join('\n', findings));
    }

    [Test]
    public void The_sources_are_found_and_understood()
    {
        Assert.That(SourceModel.Ours.Models().Select(model => model.SyntaxTree.FilePath), Does.Contain("QemuL2tp/Frames/FrameBatch.cs").And.Contain("QemuL2tp.Cli/Program.cs"));
        SemanticModel socket = SourceModel.Ours.Models().Single(model => model.SyntaxTree.FilePath == "QemuL2tp/Tunnel/TunnelSocket.cs");
        string[] named = [.. SourceModel.NamedIn(socket).Select(SourceModel.FullNameOf)];
        Assert.That(named, Does.Contain("Tmds.Linux.LibC.bind").And.Contain("QemuL2tp.Datagrams.SocketAddress.Resolve"), string.Join('\n', named));
    }

    [TestCase("L2tpv3", "using QemuL2tp.Tunnel;")]
    [TestCase("L2tpv3", "using QemuL2tp.Guest.Stream;")]
    [TestCase("L2tpv3", "using Tmds.Linux;")]
    [TestCase("L2tpv3", "using static Tmds.Linux.LibC;")]
    [TestCase("L2tpv3", "using QemuL2tp.Linux;")]
    [TestCase("L2tpv3", "using static QemuL2tp.Linux.Glibc;")]
    [TestCase("L2tpv3", "int n = Linux.Glibc.IOV_MAX;")]
    [TestCase("L2tpv3", "global::QemuL2tp.Forwarding.Pump? pump = null;")]
    [TestCase("Tunnel", "using P = QemuL2tp.L2tpv3.Encapsulator;")]
    [TestCase("Tunnel", "var e = new L2tpv3.Encapsulator(null!);")]
    [TestCase("Tunnel", "if (typeof(L2tpv3.Encapsulator).IsClass) { }")]
    [TestCase("Guest/Stream", "using QemuL2tp.Tunnel;")]
    [TestCase("Guest/VhostUser/Ring", "using QemuL2tp.L2tpv3;")]
    [TestCase("Guest/VhostUser/Net", "using QemuL2tp.Guest.Stream;")]
    [TestCase("Guest/VhostUser", "Stream.StreamPort? port = null;")]
    [TestCase("Guest/Stream", "using QemuL2tp.Guest.VhostUser.Ring;")]
    [TestCase("Guest/Stream", "bool b = Guest.VhostUser.Features.All != 0;")]
    [TestCase("Guest/Stream", "VhostUser.Ring.Vring? ring = null;")]
    [TestCase("Guest/Sockets", "using QemuL2tp.Guest.Stream;")]
    [TestCase("Guest/Dgram", "using QemuL2tp.Tunnel;")]
    [TestCase("Guest/Dgram", "using QemuL2tp.Guest.Stream;")]
    [TestCase("Tunnel", "using QemuL2tp.Guest.Dgram;")]
    [TestCase("Datagrams", "using QemuL2tp.Tunnel;")]
    [TestCase("Datagrams", "using QemuL2tp.Guest;")]
    [TestCase("Guest/Stream", "using QemuL2tp.Datagrams;")]
    [TestCase("Guest", "using QemuL2tp.Guest.Sockets;")]
    [TestCase("Guest/Other", "")]
    [TestCase("Frames", "using QemuL2tp.Options;")]
    [TestCase("EventLoop", "using QemuL2tp.Frames;")]
    [TestCase("Packets", "using QemuL2tp.Frames;")]
    [TestCase("Options", "using QemuL2tp.Frames;")]
    [TestCase("Options", "using QemuL2tp.Peers;")]
    [TestCase("Peers", "using QemuL2tp.L2tpv3;")]
    [TestCase("Peers/Reading", "string text = File.ReadAllText(\"path\");")]
    [TestCase("QemuCommandLine", "using QemuL2tp.Hosting;")]
    [TestCase("QemuCommandLine", "File.Exists(\"path\");")]
    [TestCase("Forwarding", "using QemuL2tp.Cli;")]
    [TestCase("Helpers", "")]
    [TestCase("Frames", "using System.IO.Pipelines;")]
    [TestCase("Options", "Console.Error.WriteLine();")]
    [TestCase("L2tpv3", "[System.Runtime.InteropServices.DllImport(\"libc\")] static extern int close(int fd);")]
    [TestCase("L2tpv3", "System.Net.Sockets.Socket? s = null;")]
    [TestCase("L2tpv3", "string url = \"http://x\"; using (QemuL2tp.Tunnel.TunnelSession p = null!) { }")]
    [TestCase("Packets", "var thread = new Thread(() => { });")]
    public void A_planted_violation_is_found(string folder, string code) => Assert.That(Plant(folder, code), Is.Not.Empty);

    [Test]
    public void A_file_whose_namespace_is_not_that_of_its_folder_is_found() =>
        Assert.That(s_arrows.Check("QemuL2tp/Frames/X.cs", "namespace QemuL2tp.Tunnel; internal class X;"), Has.One.Contains("another part"));

    [TestCase("L2tpv3", "using QemuL2tp.Frames; using QemuL2tp.Options;")]
    [TestCase("L2tpv3", "var text = new StringWriter(); string name = Path.GetFileName(\"a/b\");")]
    [TestCase("Tunnel", "using static QemuL2tp.Linux.Glibc; using static Tmds.Linux.LibC; using QemuL2tp.Frames;")]
    [TestCase("Tunnel", "using QemuL2tp.Datagrams;")]
    [TestCase("Guest/Dgram", "using QemuL2tp.Datagrams; using QemuL2tp.Guest.Sockets; using static Tmds.Linux.LibC;")]
    [TestCase("Guest/Stream", "using QemuL2tp.Guest; using QemuL2tp.Options;")]
    [TestCase("Guest/VhostUser/Net", "using QemuL2tp.Guest; using QemuL2tp.Guest.Sockets; using QemuL2tp.Guest.VhostUser.Ring;")]
    [TestCase("Guest/Stream", "Guest.IGuestPort? port = null; Sockets.StreamSocket? socket = null;")]
    [TestCase("Frames", "// using QemuL2tp.Tunnel;\n/* File.Delete(x) */ string s = \"Tmds.Linux\";")]
    [TestCase("L2tpv3", "int Tunnel = 1; int n = Tunnel.CompareTo(2);")]
    [TestCase("Forwarding", "using QemuL2tp.L2tpv3; using QemuL2tp.EventLoop;")]
    public void What_is_allowed_is_not_found(string folder, string code) => Assert.That(Plant(folder, code), Is.Empty);

    /// <summary>Statements in a method, lines that begin with <c>using X;</c> or an attribute as they are.</summary>
    private static string[] Plant(string folder, string code)
    {
        string space = $"namespace QemuL2tp.{folder.Replace('/', '.')};";
        string source = code.StartsWith("using ", StringComparison.Ordinal) ? $"{code}\n{space}\ninternal class Planted;"
            : code.StartsWith('[') ? $"{space}\ninternal class Planted {{ {code} }}"
            : $"{space}\ninternal class Planted {{ void Do() {{ {code} }} }}";
        return [.. s_arrows.Check($"QemuL2tp/{folder}/Planted.cs", source)];
    }
}
