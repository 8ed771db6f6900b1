using System.Text;

namespace QemuL2tp.Cli.Exec;

/// <summary>
/// Words of a command line with one character for each byte, as the kernel has them: QEMU must get its words byte for byte, and .NET
/// reads them as UTF-8, which file names need not be.
/// </summary>
internal static class ByteWords
{
    /// <summary>The last words of this process's command line.</summary>
    /// <param name="operands">What .NET has made of them.</param>
    public static string[] Of(string[] operands)
    {
        try
        {
            string[] words = Encoding.Latin1.GetString(File.ReadAllBytes("/proc/self/cmdline")).Split('\0');
            return words[^(operands.Length + 1)..^1]; // Each word ends with a zero byte, the last one too.
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentOutOfRangeException)
        {
            return Array.ConvertAll(operands, From);
        }
    }

    public static string From(string text) => Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(text));

    /// <summary>Text for a person.</summary>
    public static string ToText(string word) => Encoding.UTF8.GetString(Encoding.Latin1.GetBytes(word));
}
