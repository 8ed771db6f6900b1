using QemuL2tp.Options;

namespace QemuL2tp.Cli;

/// <summary>What a program reads.</summary>
internal static class Stdout
{
    /// <exception cref="UserErrorException">It cannot be written.</exception>
    public static void WriteLine(string text)
    {
        try
        {
            Console.Out.WriteLine(text);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"cannot write to stdout: {e.Message}", "Send it to /dev/null if nobody reads it.");
        }
    }
}
