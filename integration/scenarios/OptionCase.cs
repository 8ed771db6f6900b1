namespace QemuL2tp.Integration.Scenarios;

/// <summary>Where the frames of an accepted case can be caught.</summary>
public enum OptionWire
{
    /// <summary>UDP to 127.0.0.1, port {D}.</summary>
    Udp4,

    /// <summary>UDP to ::1, port {D}.</summary>
    Udp6,

    /// <summary>IP protocol 115 to 127.0.0.2.</summary>
    Ip4,

    /// <summary>IPv6 next header 115 to ::1.</summary>
    Ip6,

    /// <summary>Nowhere: only that the program goes on is looked at.</summary>
    None,
}

/// <summary>One option text that QEMU and qemu-l2tp are both given.</summary>
/// <param name="Name">Name of the test.</param>
/// <param name="Text">The text; {S} and {D} become free ports, {S+64k} and {D+64k} these plus 65536.</param>
/// <param name="Wire">Where frames go when the text is accepted.</param>
/// <param name="IsLegacyNet">Whether the text is for <c>-net</c> instead of <c>-netdev</c>.</param>
public sealed record OptionCase(string Name, string Text, OptionWire Wire = OptionWire.Udp4, bool IsLegacyNet = false);

/// <summary>A case in which qemu-l2tp is meant to differ from QEMU.</summary>
/// <param name="Error">Our error message; null when we accept.</param>
/// <param name="Reason">Why it differs.</param>
public sealed record OptionDifference(string? Error, string Reason);

/// <summary>What a program made of an option text.</summary>
/// <param name="Error">Its first error message without the prefix; null when it went on.</param>
/// <param name="Remedy">What it says in the line after that; empty when nothing.</param>
/// <param name="ShortForms">Its warnings about bare words, each with its hint.</param>
/// <param name="Packets">What it sent for the first frames, as text: source port, then bytes.</param>
public sealed record OptionOutcome(string? Error, string Remedy, IReadOnlyList<string> ShortForms, IReadOnlyList<string> Packets);
