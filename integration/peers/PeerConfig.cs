using System.Text.RegularExpressions;

namespace QemuL2tp.Integration.Peers;

/// <summary><c>qemu-l2tp peer-config</c>, and a NIC of the guest that one qemu-l2tp after the other connects to.</summary>
internal static partial class PeerConfig
{
    private static readonly string s_socket = Path.Combine(Settings.RunDirectory, "peer-config.sock");

    /// <summary>The guest's end: it listens, so that we may come and go.</summary>
    public static IReadOnlyList<string> Netdev => ["-netdev", $"stream,id={Wires.PeerConfig.Id},server=on,addr.type=unix,addr.path={s_socket}"];

    /// <summary>What it prints; any other status than 0 is an error.</summary>
    public static string Print(params string[] arguments)
    {
        using Child child = Child.Start("peer-config", Settings.Program, ["peer-config", .. arguments]);
        return child.WaitForExit() && child.ExitCode == 0
            ? child.Output
            : throw new InvalidOperationException($"`peer-config {string.Join(' ', arguments)}` failed: {child.Error}");
    }

    /// <summary>What it prints for text that a person typed at the peer.</summary>
    public static string PrintFrom(string text)
    {
        string file = Path.Combine(Settings.RunDirectory, "peer-config.sh");
        File.WriteAllText(file, text);
        return Print("--from", file);
    }

    /// <summary>The two words for a QEMU at the far end of a wire.</summary>
    public static IReadOnlyList<string> QemuArguments(Wire wire) =>
        [.. Print("--for", "qemu", "-netdev", wire.Netdev).Split('\n').Single(line => line.StartsWith('-')).Split(' ')];

    /// <summary>A qemu-l2tp with these words, connected to the guest's NIC.</summary>
    public static Child Serve(params IEnumerable<string> words) =>
        Child.Start("peer-config-served", Settings.Program, [.. words, "--frontend", $"stream,server=off,addr.type=unix,addr.path={s_socket}"]);

    /// <summary>Undoes what <c>ip l2tp add</c> commands have made: sessions, and their tunnel.</summary>
    public static string Undo(string commands)
    {
        string tunnel = TunnelId().Match(commands).Groups[1].Value;
        IEnumerable<string> sessions = SessionId().Matches(commands).Select(match => $"ip l2tp del session tunnel_id {tunnel} session_id {match.Groups[1].Value}");
        return string.Join("; ", [.. sessions, $"ip l2tp del tunnel tunnel_id {tunnel}"]);
    }

    [GeneratedRegex(@"\btunnel_id\s+(\w+)")]
    private static partial Regex TunnelId();

    [GeneratedRegex(@"\bsession_id[\s\\]+(\w+)")]
    private static partial Regex SessionId();
}
