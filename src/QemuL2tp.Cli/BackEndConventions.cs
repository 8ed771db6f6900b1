using QemuL2tp.Options;

namespace QemuL2tp.Cli;

/// <summary>
/// The options that every vhost-user back end has (QEMU, docs/interop/vhost-user.rst, "Backend program conventions"):
/// <c>--socket-path</c> and <c>--fd</c> are short for a <c>--frontend</c>, <c>--print-capabilities</c> describes the program.
/// </summary>
internal static class BackEndConventions
{
    public const string PrintCapabilities = "--print-capabilities";

    /// <summary>VHostUserBackendCapabilities of docs/interop/vhost-user.json; the type net has no features there.</summary>
    public const string Capabilities = """{"type": "net"}""";

    /// <summary>The front end that is meant, as the user would write it in full; null when neither option was given.</summary>
    /// <param name="commandLine">A command line without mistake.</param>
    public static (string Origin, string Text)? FrontendOf(RunOptions commandLine) => commandLine switch
    {
        { SocketPath: { } path } => ($"--socket-path {path}", $"vhost-user,path={OptsTokenizer.Escape(path)},server=on"),
        { SocketDescriptor: { } descriptor } => ($"--fd {descriptor}", $"vhost-user,fd={descriptor}"),
        _ => null,
    };

    /// <returns>What these options do not go together with, as a sentence, or null.</returns>
    public static string? FindMistake(RunOptions commandLine)
    {
        if (FrontendOf(commandLine) is not { Origin: { } origin, Text: { } text })
            return null;
        string option = origin.Split(' ')[0];
        if (commandLine is { SocketPath: not null, SocketDescriptor: not null })
            return "--socket-path and --fd exclude one another: keep one of them";
        if (commandLine.Frontends.Any())
            return $"{option} and --frontend exclude one another: leave out --frontend, or write --frontend {text} in place of {option}";
        return commandLine.Netdevs.Concat(commandLine.Nets).Count() > 1
            ? $"{option} is for a single pseudowire: write --frontend {text.Replace("vhost-user,", "vhost-user,id=ID,", StringComparison.Ordinal)} with the id of each in place of {option}"
            : null;
    }
}
