using FsCheck;
using FsCheck.Fluent;
using QemuL2tp.Options;
using QemuL2tp.Peers.Reading;
using QemuL2tp.Tests.TestSupport;

namespace QemuL2tp.Tests.Peers.Reading;

/// <summary>Whatever a person puts around the commands for a peer, they are read as the options they were written for.</summary>
public sealed class DecoratedScripts
{
    private static readonly Func<string, string>[] s_decorations =
    [
        text => text,
        text => "up() {\n" + text + "\n}\nup",
        text => "It's this:\n" + text + "\nthat's it",
        text => "cat <<EOF\nDon't\nEOF\n" + text,
        text => string.Join('\n', text.Split('\n').Select(line => line.StartsWith('#') ? line : "sudo " + line + " || true")),
        text => string.Join('\n', text.Split('\n').Select(line => line.StartsWith('#') ? line : "root@host:~# " + line)),
        text => string.Join('\n', text.Split('\n').Select(line => line.StartsWith('#') ? line : "ip netns exec blue " + line)),
        text => string.Join('\n', text.Split('\n').Select(line => line.StartsWith('#') ? line : $"ssh root@far \"{line}\"")),
        text => string.Join('\n', text.Split('\n').Select(line => line.StartsWith('#') ? line : line.Replace(" ", " \\\n   ", StringComparison.Ordinal))),
        text => string.Join('\n', text.Split('\n').Select(line => line.StartsWith('#') ? "" : "# " + line)),
        text => "ssh far <<'END'\n" + text + "\nEND",
        text => "case $1 in\nup)\n" + text + "\n;;\ndown) ip l2tp del tunnel tunnel_id 1;;\nesac",
        Constants,
    ];

    [TestCase("linux")]
    [TestCase("netbsd")]
    public void They_are_read_as_they_were_written(string peer) => Prop.ForAll(
        (from options in peer == "linux" ? PeerOptions.ForLinux : PeerOptions.ForNetBsd
         from decoration in Gen.Choose(0, s_decorations.Length - 1)
         select (options, decoration)).ToArbitrary(),
        given =>
        {
            string text = s_decorations[given.decoration](string.Join('\n', PeerLines.Write(peer, given.options)));
            L2tpv3Options read = PeerConfigReader.Read(text, []).Single();
            return read == given.options with { PinCounter = given.options is { Counter: true, Rfc3931Sequencing: false } };
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(1000));

    /// <summary>Each number of a command becomes a constant.</summary>
    private static string Constants(string text)
    {
        List<string> head = [];
        string[] lines = [.. text.Split('\n').Select(line => line.StartsWith('#') ? line : string.Join(' ', line.Split(' ').Select(word =>
        {
            if (!char.IsAsciiDigit(word[0]))
                return word;
            head.Add($"V{head.Count}=\"{word}\"");
            return head.Count % 2 == 0 ? $"$V{head.Count - 1}" : $"\"${{V{head.Count - 1}}}\"";
        })))];
        return string.Join('\n', [.. head, .. lines]);
    }
}
