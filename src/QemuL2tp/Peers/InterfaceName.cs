using System.Globalization;
using QemuL2tp.Options;

namespace QemuL2tp.Peers;

/// <summary>Names for the interface at the peer.</summary>
internal static class InterfaceName
{
    private const int MostOfLinux = 15;

    /// <summary>A name for Linux: the one wanted, else the netdev's id, cut where it is too long.</summary>
    /// <exception cref="UserErrorException">The wanted one cannot be a name.</exception>
    public static string ForLinux(PeerRequest request)
    {
        if (request.InterfaceName is not { } wanted)
            return Derived(request.Ours.Id);
        return IsLinux(wanted)
            ? wanted
            : throw new UserErrorException($"'--name {wanted}' cannot be the name of a Linux interface", "Write 1 to 15 letters, digits, '-', '.' or '_'.") { Option = "--name", Value = wanted };
    }

    /// <summary>A name that must be a word and a number, such as l2tp0.</summary>
    /// <exception cref="UserErrorException">The wanted one is something else.</exception>
    public static string Numbered(PeerRequest request, string word)
    {
        if (request.InterfaceName is not { } wanted)
            return string.Create(CultureInfo.InvariantCulture, $"{word}{request.Position}");
        return wanted.StartsWith(word, StringComparison.Ordinal) && wanted.Length > word.Length && !wanted.AsSpan(word.Length).ContainsAnyExceptInRange('0', '9')
            ? wanted
            : throw new UserErrorException($"'--name {wanted}' cannot be the name of the interface at this peer", $"Write {word} and a number, such as {word}0.") { Option = "--name", Value = wanted };
    }

    private static string Derived(string id)
    {
        string name = string.Concat(id.Take(MostOfLinux).Select(c => IsLinux(c) ? c : '-'));
        return IsLinux(name) ? name : "l2tp0";
    }

    private static bool IsLinux(string name) => name.Length is > 0 and <= MostOfLinux && name is not ("." or "..") && name.All(IsLinux);

    /// <summary>Linux takes more, but not in every command.</summary>
    private static bool IsLinux(char c) => char.IsAsciiLetterOrDigit(c) || c is '-' or '.' or '_';
}
