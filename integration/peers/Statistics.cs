using System.Globalization;
using System.Text.RegularExpressions;

namespace QemuL2tp.Integration.Peers;

/// <summary>What a running qemu-l2tp says about one of its wires on SIGUSR1.</summary>
internal sealed partial class Statistics
{
    // Left out when they are 0.
    private static readonly string[] s_optional = ["reordered", "late dropped", "jumps", "VCCV"];

    private Statistics(string text) => Text = text;

    public string Text { get; }

    /// <summary>The format of the received counter.</summary>
    public string Mode => Match(Counter(), "mode ([A-Za-z0-9]+)") ?? throw Missing("mode");

    public static Statistics Of(QemuL2tpBackEnd backEnd, Wire wire) => Of(backEnd, wire, "QEMU connections");

    /// <summary>With what is said of a vhost-user NIC, whose rings QEMU has set up.</summary>
    public static Statistics OfVhostUser(QemuL2tpBackEnd backEnd, Wire wire) => Of(backEnd, wire, "ring: 1");

    private static Statistics Of(QemuL2tpBackEnd backEnd, Wire wire, string lastLine)
    {
        int before = backEnd.Process.Error.Length;
        backEnd.Process.Signal(Signals.Usr1);
        string? block = null;
        Until.True(
            () => (block = Block(backEnd.Process.Error[before..], wire, lastLine)) is not null,
            () => $"statistics of {wire.Id}");
        return new Statistics(block!);
    }

    /// <summary>One of the numbers of the received counter.</summary>
    public long Received(string name) => s_optional.Contains(name)
        ? Number(Text, $@"\n    {name}: (\d+)") ?? 0
        : Number(Counter(), $@"\b{name} (\d+)") ?? throw Missing(name);

    /// <summary>Frames dropped on the way to the guest or to the tunnel for one reason.</summary>
    public long Dropped(string reason) => Number(Text, $@"dropped {reason}: (\d+)") ?? 0;

    /// <summary>Frames dropped on the way to the guest, for whatever reason.</summary>
    public long DroppedToGuest => Number(Text, @"tunnel to guest: \d+ frames, \d+ bytes, (\d+) dropped") ?? throw Missing("tunnel to guest");

    /// <summary>Frames dropped on the way to the tunnel, for whatever reason.</summary>
    public long DroppedToTunnel => Number(Text, @"guest to tunnel: \d+ frames, \d+ bytes, (\d+) dropped") ?? throw Missing("guest to tunnel");

    /// <summary>Super-frames from the guest that were cut.</summary>
    public long SuperFramesCut => Number(Text, @"super frames cut: (\d+)") ?? 0;

    /// <summary>Super-frames made for the guest.</summary>
    public long SuperFramesMade => Number(Text, @"super frames made: (\d+)") ?? 0;

    private static string? Block(string text, Wire wire, string lastLine) =>
        Match(text, $@"(?s)({Regex.Escape(wire.Id)}: statistics.*?\n  {lastLine}[^\n]*\n)");

    private static string? Match(string text, string pattern) =>
        Regex.Match(text, pattern) is { Success: true } match ? match.Groups[1].Value : null;

    private static long? Number(string text, string pattern) =>
        Match(text, pattern) is { } digits ? long.Parse(digits, CultureInfo.InvariantCulture) : null;

    private string Counter() => CounterLine().Match(Text) is { Success: true } match ? match.Value : throw Missing("received counter");

    private FormatException Missing(string name) => new($"no \"{name}\" in: {Text}");

    [GeneratedRegex("received counter:.*")]
    private static partial Regex CounterLine();
}
