using System.Buffers;
using QemuL2tp.Peers.Reading.Shell;

namespace QemuL2tp.Peers.Reading;

/// <summary>Names of hosts and namespaces, as far as a text says where a command is run; empty where it says nothing.</summary>
internal static class Place
{
    private static readonly SearchValues<char> s_endOfHost = SearchValues.Create(":~#$%>]/)");

    public static string InNamespace(string place, string name) => In(place, $"namespace {name}");

    /// <param name="place">Where the command itself is run.</param>
    /// <param name="destination">As ssh takes it; the user makes no difference.</param>
    public static string OnHost(string place, string destination) => In(place, $"host {destination[(destination.LastIndexOf('@') + 1)..]}");

    /// <summary>In whatever the words say, such as a container.</summary>
    public static string In(string place, string what) => place.Length == 0 ? what : $"{place}, {what}";

    /// <summary>The host of a shell's prompt, such as <c>root@a:~#</c>; the directory makes no difference.</summary>
    public static string AtPrompt(string place, IEnumerable<Word> prompt)
    {
        string text = string.Concat(prompt.Select(word => word.Text)).TrimStart('[', '(');
        text = text[(text.LastIndexOf('@') + 1)..];
        int end = text.AsSpan().IndexOfAny(s_endOfHost);
        string host = end < 0 ? text : text[..end];
        return host.Length == 0 ? place : OnHost(place, host);
    }

    /// <summary>As part of a sentence.</summary>
    public static string Phrase(string place) => place.Length == 0 ? "" : $" in {place}";
}
