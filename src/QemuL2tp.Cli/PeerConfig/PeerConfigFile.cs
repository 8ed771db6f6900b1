using QemuL2tp.Hosting;
using QemuL2tp.Options;

namespace QemuL2tp.Cli.PeerConfig;

/// <summary>The text behind <c>--from</c>.</summary>
internal static class PeerConfigFile
{
    /// <summary>No configuration of a peer is as long; the wrong file might be.</summary>
    private const int MostCharacters = 1 << 20;

    /// <param name="file">A path, or <c>-</c> for standard input.</param>
    /// <exception cref="UserErrorException">It cannot be read.</exception>
    public static string Read(string file)
    {
        try
        {
            using TextReader reader = file == "-" ? Stdin.Open() : new StreamReader(file);
            char[] text = new char[MostCharacters];
            int length = reader.ReadBlock(text);
            return length < MostCharacters
                ? new string(text, 0, length)
                : throw new UserErrorException("it is too long", "Give it the peer's commands for its pseudowires only.") { Option = "--from", Value = file };
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new UserErrorException($"cannot read it: {SystemWords.For(e, file)}", "Name a file with the peer's commands, or - for standard input.") { Option = "--from", Value = file };
        }
    }
}
