namespace QemuL2tp.Cli;

/// <summary>What a person reads. A full disk or a closed descriptor behind it is no reason to stop carrying frames.</summary>
internal static class Stderr
{
    public static void Write(string text)
    {
        try
        {
            Console.Error.Write(text);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
        }
    }

    public static void WriteLine(string line) => Write(line + Environment.NewLine);
}
