using QemuL2tp.Options;

namespace QemuL2tp.Peers.Reading;

/// <summary>Reads what the other end was told, and finds the options that match it.</summary>
internal static class PeerConfigReader
{
    /// <summary>
    /// Reads <c>ip l2tp add</c> or <c>l2tpv3tun add</c> commands and NetBSD's <c>ifconfig l2tpN</c> from shell text; other commands are passed over.
    /// </summary>
    /// <param name="text">As typed at the peer, a script, or a page that shows the commands.</param>
    /// <param name="warnings">Receives what is accepted but does nothing, or probably not what was meant.</param>
    /// <returns>Our end of each pseudowire, in the order of the sessions.</returns>
    /// <exception cref="UserErrorException">There is none, or one cannot be matched.</exception>
    public static IReadOnlyList<L2tpv3Options> Read(string text, ICollection<string> warnings)
    {
        List<string> told = [];
        List<FoundEnd> ends = Find(text, told);
        string stripped = PromptLines.Strip(text, out int first);
        if (ends.Count == 0 && first > 0)
        {
            told.Add(FormattableString.Invariant($"line {first}: '#' is taken for the prompt, since there are no commands but in lines with it"));
            ends = Find(stripped, told);
        }
        else if (first > 0)
        {
            told.Add(FormattableString.Invariant($"line {first}: the command behind '#' is passed over as a comment"));
        }

        if (ends.Count == 0)
            throw OtherText.Refusal(text) ?? Nothing(told);
        List<L2tpv3Options> distinct = Distinct(ends, told);
        foreach (string warning in told)
            warnings.Add(warning);
        var taken = distinct.Select(end => end.Id).Where(Identifier.IsValid).ToHashSet();
        HashSet<string> kept = [];
        return [.. distinct.Select(end => FarEnd.Of(end) with { Id = NewId(end.Id, taken, kept), PinCounter = end.Counter && !end.Rfc3931Sequencing })];
    }

    private static List<FoundEnd> Find(string text, List<string> warnings)
    {
        IReadOnlyList<FoundCommand> commands = CommandFinder.Find(text, warnings);
        List<FoundEnd> ends = [.. IpL2tpReader.Read(commands, warnings), .. IfconfigReader.Read(commands)];
        if (ends.Count > 0 && OtherText.Warning(commands) is { } other)
            warnings.Add(other);
        return ends;
    }

    /// <summary>A script may have the same commands in several places, to start and to start again.</summary>
    private static List<L2tpv3Options> Distinct(IEnumerable<FoundEnd> ends, List<string> warnings)
    {
        Dictionary<(string, L2tpv3Options), int> lines = [];
        List<L2tpv3Options> distinct = [];
        foreach (FoundEnd end in ends)
        {
            var key = (end.Place, end.Options with { Id = "" });
            if (lines.TryAdd(key, end.Line))
                distinct.Add(end.Options);
            else
                warnings.Add(FormattableString.Invariant($"line {end.Line}: this is the pseudowire of line {lines[key]} again"));
        }

        return distinct;
    }

    private static UserErrorException Nothing(IEnumerable<string> told) => new(
        told.FirstOrDefault() is { } reason
            ? $"there is neither 'ip l2tp add session' nor 'ifconfig l2tpN session' that is run; {reason}"
            : "there is neither 'ip l2tp add session' nor 'ifconfig l2tpN session'",
        "Write the commands as they are typed at the peer.");

    /// <summary>The name of the peer's interface where QEMU takes it and it is the first, else one that nobody has.</summary>
    private static string NewId(string name, HashSet<string> taken, HashSet<string> kept) => Identifier.IsValid(name) && kept.Add(name)
        ? name
        : Enumerable.Range(0, int.MaxValue).Select(n => FormattableString.Invariant($"net{n}")).First(taken.Add);
}
