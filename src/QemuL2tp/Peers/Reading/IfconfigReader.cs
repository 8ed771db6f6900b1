using QemuL2tp.Options;

namespace QemuL2tp.Peers.Reading;

/// <summary>Reads NetBSD's <c>ifconfig l2tpN</c> (<c>sbin/ifconfig/l2tp.c</c>).</summary>
internal static class IfconfigReader
{
    /// <summary>The NetBSD end of each interface that has a tunnel and a session, in order.</summary>
    /// <exception cref="UserErrorException">A command is wrong, or one of the two is missing.</exception>
    public static IEnumerable<L2tpv3Options> Read(IEnumerable<ShellCommand> commands)
    {
        List<L2tpInterface> interfaces = [];
        foreach (ShellCommand command in commands)
        {
            string[] words = [.. command.Words.SkipWhile(word => !IpCommand.IsProgram(word, "ifconfig")).Skip(1)];
            if (words.Length == 0 || !IsL2tp(words[0]))
                continue;
            L2tpInterface? one = interfaces.Find(one => one.Name == words[0]);
            if (one is null)
                interfaces.Add(one = new L2tpInterface(words[0]));
            one.Take(command.Line, words.AsSpan(1));
        }

        // Others are Linux interfaces of such a name.
        return interfaces.Where(one => one.IsPseudowire).Select(one => one.End());
    }

    private static bool IsL2tp(string name) =>
        name.StartsWith("l2tp", StringComparison.Ordinal) && name.Length > 4 && !name.AsSpan(4).ContainsAnyExceptInRange('0', '9');
}
