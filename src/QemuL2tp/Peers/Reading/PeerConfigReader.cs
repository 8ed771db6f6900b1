using QemuL2tp.Options;

namespace QemuL2tp.Peers.Reading;

/// <summary>Reads what the other end was told, and finds the options that match it.</summary>
public static class PeerConfigReader
{
    /// <summary>Reads <c>ip l2tp add</c> commands and NetBSD's <c>ifconfig l2tpN</c> from shell text; other commands are passed over.</summary>
    /// <param name="text">As typed at the peer.</param>
    /// <param name="warnings">Receives what is accepted but does nothing, or probably not what was meant.</param>
    /// <returns>Our end of each pseudowire, in the order of the sessions.</returns>
    /// <exception cref="UserErrorException">There is none, or one cannot be matched.</exception>
    public static IReadOnlyList<L2tpv3Options> Read(string text, ICollection<string> warnings)
    {
        IReadOnlyList<ShellCommand> commands = ShellText.Read(text);
        List<L2tpv3Options> ends = [.. IpL2tpReader.Read(commands, warnings), .. IfconfigReader.Read(commands)];
        if (ends.Count == 0)
        {
            throw new UserErrorException(
                "there is neither 'ip l2tp add session' nor 'ifconfig l2tpN session'",
                "Write the commands as they are typed at the peer; lines that begin with # are comments, so leave such a prompt out.");
        }

        var taken = ends.Select(end => end.Id).Where(Identifier.IsValid).ToHashSet();
        HashSet<string> kept = [];
        return [.. ends.Select(end => FarEnd.Of(end) with { Id = NewId(end.Id, taken, kept), PinCounter = end.Counter && !end.Rfc3931Sequencing })];
    }

    /// <summary>The name of the peer's interface where QEMU takes it and it is the first, else one that nobody has.</summary>
    private static string NewId(string name, HashSet<string> taken, HashSet<string> kept) => Identifier.IsValid(name) && kept.Add(name)
        ? name
        : Enumerable.Range(0, int.MaxValue).Select(n => FormattableString.Invariant($"net{n}")).First(taken.Add);
}
