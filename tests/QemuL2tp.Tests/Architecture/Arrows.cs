using System.Text.RegularExpressions;

namespace QemuL2tp.Tests.Architecture;

/// <summary>
/// Which part of the code may know which, and a reader of source text that finds what a file does know: namespaces in
/// <c>using</c> lines and in qualified names. Comments and strings are not code.
/// </summary>
/// <param name="typesOf">The type names in each part, to tell <c>Tunnel.TunnelSession</c> from a property named Tunnel.</param>
internal sealed partial class Arrows(IReadOnlyDictionary<string, IReadOnlySet<string>> typesOf)
{
    /// <summary>Ours and the package Tmds.LibC, one part.</summary>
    private const string Libc = "Linux";

    private static readonly string[] s_guest = ["Guest", "Guest.Sockets", "Guest.Stream", "Guest.Dgram", "Guest.VhostUser"];

    /// <summary>Everything that a part may know besides itself. A part that is not here is not on the map.</summary>
    private static readonly Dictionary<string, string[]> s_allowed = new()
    {
        [Libc] = [],
        ["Options"] = [],
        ["QemuCommandLine"] = ["Options"],
        ["Frames"] = [],
        ["Peers"] = ["Options"],
        ["Pseudowire"] = ["Frames", "Options"],
        ["Capture"] = ["Frames", "Options"],
        ["Impairment"] = ["Frames", "Options"],
        ["Datagrams"] = ["Frames", "Options", Libc],
        ["Tunnel"] = ["Datagrams", "Frames", "Options", Libc],
        ["Guest"] = ["Frames", "Options", Libc],
        ["Guest.Sockets"] = ["Guest", "Frames", "Options", Libc],
        ["Guest.Stream"] = ["Guest", "Guest.Sockets", "Frames", "Options", Libc],
        ["Guest.Dgram"] = ["Guest", "Guest.Sockets", "Datagrams", "Frames", "Options", Libc],
        ["Guest.VhostUser"] = ["Guest", "Guest.Sockets", "Frames", "Options", Libc],
        ["Forwarding"] = [.. s_guest, "Pseudowire", "Tunnel", "Datagrams", "Capture", "Impairment", "Frames", "Options", Libc],
        ["Hosting"] = ["Forwarding", .. s_guest, "Pseudowire", "Tunnel", "Datagrams", "Capture", "Impairment", "Frames", "Options", Libc],
        ["Cli"] = ["QemuCommandLine", "Hosting", "Forwarding", .. s_guest, "Peers", "Pseudowire", "Tunnel", "Datagrams", "Capture", "Impairment", "Frames", "Options", Libc],
    };

    private static readonly string[] s_pure = ["Options", "Peers", "QemuCommandLine", "Frames", "Pseudowire"];

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

    /// <summary>What is wrong with a source file, one text per finding.</summary>
    public IEnumerable<string> Check(string path, string source)
    {
        string part = PartOf(path);
        if (!s_allowed.TryGetValue(part, out string[]? allowed))
        {
            yield return $"{path}: {part} is not on the map";
            yield break;
        }

        string code = NotCode().Replace(source, " ");
        foreach (string known in PartsIn(code).Where(known => known != part && !allowed.Contains(known)))
            yield return $"{path}: {part} must not know {known}";

        if (s_pure.Contains(part))
        {
            foreach (Match match in InputOutput().Matches(code))
                yield return $"{path}: {part} does no I/O and no system call, but says '{match.Value}'";
        }
    }

    private HashSet<string> PartsIn(string code)
    {
        HashSet<string> parts = [];
        foreach (Match match in FullName().Matches(code))
            parts.Add(PartNamed(match.Groups["part"].Value, match.Groups["inner"].Value));
        if (LibcName().IsMatch(code))
            parts.Add(Libc);
        foreach (Match match in ShortName().Matches(code))
            parts.UnionWith(typesOf.Keys.Where(part => IsIn(part, [.. match.Value.Split('.').Select(name => name.Trim())])));

        return parts;
    }

    private static string PartNamed(string part, string inner) => s_allowed.ContainsKey($"{part}.{inner}") ? $"{part}.{inner}" : part;

    /// <summary>Whether a dotted name leads into a part. Inside of namespace QemuL2tp.Guest.X another Guest.Y is in reach as Y too.</summary>
    private bool IsIn(string part, string[] name)
    {
        string[] whole = part.Split('.');
        return (Leads(whole) || Leads(whole[^1..])) && name.Skip(1).Any(typesOf[part].Contains);

        bool Leads(string[] start) => name.AsSpan().StartsWith(start);
    }

    [GeneratedRegex("""
        //[^\n]*
        | /\*.*?\*/
        | \"{3,}.*?\"{3,}
        | @\"(?:[^"]|\"\")*\"
        | \"(?:[^"\\\n]|\\.)*\"
        | '(?:[^'\\\n]|\\.)'
        """, RegexOptions.IgnorePatternWhitespace | RegexOptions.Singleline)]
    private static partial Regex NotCode();

    [GeneratedRegex(@"\bQemuL2tp\s*\.\s*(?<part>\w+)(?:\s*\.\s*(?<inner>\w+))?")]
    private static partial Regex FullName();

    [GeneratedRegex(@"\bTmds\s*\.\s*Linux\b|\b(LibC|Glibc)\s*\.")]
    private static partial Regex LibcName();

    // Inside of namespace QemuL2tp.X another part is in reach without the common prefix: Tunnel.TunnelSession, Guest.Stream.T.
    [GeneratedRegex(@"(?<![\w.])[A-Z]\w+(?:\s*\.\s*[A-Z]\w+)+")]
    private static partial Regex ShortName();

    [GeneratedRegex(@"\bSystem\.(IO|Net\.Sockets|Diagnostics\.Process)\b
        | \b(DllImport|LibraryImport|NativeLibrary|extern)\b
        | (?<![\w.])(File|FileInfo|Directory|DirectoryInfo|Console|RandomAccess|Process|Dns)\s*\.\s*\w+
        | \bnew\s+(File\w*|Directory\w*|Stream\w+|Socket|UdpClient|TcpClient|Process)\s*\(",
        RegexOptions.IgnorePatternWhitespace)]
    private static partial Regex InputOutput();
}
