using System.Runtime.InteropServices;
using QemuL2tp.Options;

namespace QemuL2tp.Cli;

/// <summary>What a program reads.</summary>
internal static class Stdout
{
    private const int Descriptor = 1;

    private static BackgroundWriter? s_background;
    private static volatile UserErrorException? s_failure;

    /// <summary>From now on a reader that does not read is waited for by <see cref="Flush"/> only, and not for long. Nothing is left out.</summary>
    public static void WriteInBackground() => s_background ??= new BackgroundWriter("stdout", Descriptor, int.MaxValue, error => s_failure = Failure(Marshal.GetPInvokeErrorMessage(error)));

    /// <exception cref="UserErrorException">It cannot be written.</exception>
    public static void WriteLine(string text)
    {
        if (s_background is { } background)
            background.Write(text + Environment.NewLine);
        else
            WriteNow(text + Environment.NewLine);
    }

    /// <inheritdoc cref="BackgroundWriter.Flush"/>
    /// <exception cref="UserErrorException">It cannot be written.</exception>
    public static void Flush()
    {
        _ = s_background?.Flush();
        if (s_failure is { } failure)
            throw failure;
    }

    private static void WriteNow(string text)
    {
        try
        {
            Console.Out.Write(text);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Failure(e.Message);
        }
    }

    private static UserErrorException Failure(string why) => new($"cannot write to stdout: {why}", "Send it to /dev/null if nobody reads it.");
}
