using QemuL2tp.Hosting;
using QemuL2tp.Options;
using static Tmds.Linux.LibC;

namespace QemuL2tp.Cli;

/// <summary>What a program reads. Unlike on stderr nothing may be missing: what cannot be written is an error.</summary>
internal static class Stdout
{
    private const int Descriptor = 1;

    private static BackgroundWriter? _background;
    private static volatile int _error;

    /// <summary>From now on a reader that does not read is waited for by <see cref="Flush"/> only, and not for long. Nothing is left out.</summary>
    public static void WriteInBackground() => _background ??= new BackgroundWriter("stdout", Descriptor, int.MaxValue, error => _error = error);

    /// <exception cref="UserErrorException">It cannot be written.</exception>
    public static void WriteLine(string text)
    {
        if (_background is { } background)
            background.Write(text + '\n');
        else if (DescriptorOutput.Write(Descriptor, text + '\n') is not 0 and var error)
            throw NotWritten(error);
    }

    /// <inheritdoc cref="BackgroundWriter.Flush"/>
    /// <exception cref="UserErrorException">It cannot be written, though there is a reader.</exception>
    public static void Flush()
    {
        _ = _background?.Flush();
        // Whoever has read enough has gone, and the frames are carried all the same.
        if (_error != 0 && _error != EPIPE)
            throw NotWritten(_error);
    }

    private static UserErrorException NotWritten(int error) =>
        new($"cannot write to stdout: {SystemWords.For(error)}", "Send it to /dev/null if nobody reads it.");
}
