namespace QemuL2tp.Cli;

/// <summary>What a person reads. A full disk, a closed descriptor or a pipe that nobody reads is no reason to stop carrying frames.</summary>
internal static class Stderr
{
    private const int Descriptor = 2;

    /// <summary>Characters that wait for a reader: the statistics of two thousand pseudowires.</summary>
    private const int MaxWaiting = 1 << 20;

    private static BackgroundWriter? _background;

    /// <summary>From now on nobody who writes waits for the reader. A command that ends by itself does wait, as any filter.</summary>
    public static void WriteInBackground() => _background ??= new BackgroundWriter("stderr", Descriptor, MaxWaiting);

    public static void Write(string text)
    {
        if (_background is { } background)
            background.Write(text);
        else
            WriteNow(text);
    }

    public static void WriteLine(string line) => Write(line + Environment.NewLine);

    /// <inheritdoc cref="BackgroundWriter.Flush"/>
    public static void Flush() => _ = _background?.Flush();

    private static void WriteNow(string text)
    {
        try
        {
            Console.Error.Write(text);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
        }
    }
}
