using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace QemuL2tp.Tests.Architecture;

/// <summary>
/// Which part of the code may know which, and what a source file does know: the part of each symbol that it names, as the compiler
/// understands it. Comments and strings are not code.
/// </summary>
/// <param name="sources">All sources.</param>
internal sealed class Arrows(SourceModel sources)
{
    /// <summary>Ours and the package Tmds.LibC, one part.</summary>
    private const string Libc = "Linux";

    private static readonly string[] s_guest = ["Guest", "Guest.Sockets", "Guest.Stream", "Guest.Dgram", "Guest.VhostUser"];

    private static readonly string[] s_below = ["EventLoop", "Frames", "Options", Libc];

    private static readonly string[] s_ends = [.. s_guest, "L2tpv3", "Tunnel", "Datagrams", "Capture", "Impairment", "Diagnosis", "Packets", .. s_below];

    /// <summary>Everything that a part may know besides itself. A part that is not here is not on the map.</summary>
    private static readonly Dictionary<string, string[]> s_allowed = new()
    {
        [Libc] = [],
        ["Options"] = [],
        ["QemuCommandLine"] = ["Options"],
        ["Peers"] = ["Options"],
        ["EventLoop"] = ["Options", Libc],
        ["Frames"] = ["EventLoop"],
        ["Packets"] = [],
        ["L2tpv3"] = ["Packets", "Frames", "Options"],
        ["Capture"] = ["Packets", "Frames", "Options"],
        ["Impairment"] = ["Packets", "Frames", "Options"],
        ["Diagnosis"] = ["Packets", "Frames", "Options"],
        ["Datagrams"] = s_below,
        ["Tunnel"] = ["Datagrams", "Packets", .. s_below],
        ["Guest"] = s_below,
        ["Guest.Sockets"] = ["Guest", .. s_below],
        ["Guest.Stream"] = ["Guest", "Guest.Sockets", .. s_below],
        ["Guest.Dgram"] = ["Guest", "Guest.Sockets", "Datagrams", .. s_below],
        ["Guest.VhostUser"] = ["Guest", "Guest.Sockets", "Packets", .. s_below],
        ["Forwarding"] = s_ends,
        ["Hosting"] = ["Forwarding", .. s_ends],
        ["Cli"] = ["Hosting", "Forwarding", "QemuCommandLine", "Peers", .. s_ends],
    };

    private static readonly string[] s_pure = ["Options", "Peers", "QemuCommandLine", "Frames", "Packets", "L2tpv3"];

    /// <summary>What a part that does no I/O must not name: namespaces with all in them, and types.</summary>
    private static readonly string[] s_inputOutput =
    [
        "System.IO", "System.Net.Sockets", "System.Net.Http", "System.Net.Dns", "System.Console", "System.Diagnostics.Process", "System.Threading.Thread",
        "System.Runtime.InteropServices.NativeLibrary", "System.Runtime.InteropServices.DllImportAttribute", "System.Runtime.InteropServices.LibraryImportAttribute",
    ];

    /// <summary>Exceptions to that: text and names of files only.</summary>
    private static readonly string[] s_onlyText = ["System.IO.Path", "System.IO.TextReader", "System.IO.TextWriter", "System.IO.StringReader", "System.IO.StringWriter"];

    /// <summary>The part that a source file belongs to, from its path below <c>src</c>.</summary>
    public static string PartOf(string path)
    {
        string[] folders = path.Split('/');
        return folders[0] switch
        {
            "QemuL2tp.Linux" => Libc,
            "QemuL2tp.Cli" => "Cli",
            _ when folders is [_, "Guest", var guest, _, ..] => $"Guest.{guest}",
            _ => folders[1],
        };
    }

    /// <summary>What is wrong, one text per finding.</summary>
    public IEnumerable<string> CheckAll() => sources.Models().AsParallel().SelectMany(Check);

    /// <summary>The same of one more file, which need not be complete.</summary>
    public IEnumerable<string> Check(string path, string source) => Check(sources.With(path, source));

    private static IEnumerable<string> Check(SemanticModel file)
    {
        string path = file.SyntaxTree.FilePath;
        string part = PartOf(path);
        if (!s_allowed.TryGetValue(part, out string[]? allowed))
            return [$"{path}: {part} is not on the map"];

        SortedSet<string> findings = new(StringComparer.Ordinal);
        foreach (ISymbol symbol in SourceModel.NamedIn(file))
        {
            string name = SourceModel.FullNameOf(symbol);
            if (PartNamed(name) is { } known && known != part && !allowed.Contains(known))
                findings.Add($"{path}: {part} must not know {known}");
            if (s_pure.Contains(part) && s_inputOutput.Any(each => IsIn(name, each)) && !s_onlyText.Any(each => IsIn(name, each)))
                findings.Add($"{path}: {part} does no I/O and no system call, but names {name}");
        }

        foreach (BaseNamespaceDeclarationSyntax space in file.SyntaxTree.GetRoot().DescendantNodes().OfType<BaseNamespaceDeclarationSyntax>())
        {
            if (PartNamed(space.Name.ToString() + '.') != part)
                findings.Add($"{path}: is in {space.Name}, which is another part than its folder");
        }

        return findings;
    }

    /// <summary>The part in which a symbol is, by its full name; null: of no part of ours.</summary>
    private static string? PartNamed(string name)
    {
        string[] words = name.Split('.');
        return words switch
        {
            ["Tmds", "Linux", ..] => Libc,
            ["QemuL2tp", "Guest", var guest, _, ..] when s_allowed.ContainsKey($"Guest.{guest}") => $"Guest.{guest}",
            ["QemuL2tp", var part, _, ..] => part,
            _ => null,
        };
    }

    private static bool IsIn(string name, string space) => name == space || name.StartsWith(space + '.', StringComparison.Ordinal);
}
