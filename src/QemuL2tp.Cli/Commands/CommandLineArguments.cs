namespace QemuL2tp.Cli.Commands;

/// <summary>Brings the command line into the form that the command line library understands.</summary>
internal static class CommandLineArguments
{
    /// <summary>Those that QEMU, or a convention of its back ends, writes with one dash.</summary>
    public static string[] OneDash { get; } = ["-netdev", "-net", "-frontend", "-socket-path", "-fd", "-print-capabilities", "-qmp", "-help", "-version"];

    /// <summary>
    /// Each option that may be written as QEMU writes it, with one dash, gets its second dash; everything else stays, and so does all
    /// that is behind the first operand.
    /// </summary>
    public static string[] Normalize(Command command, string[] args)
    {
        string[] normal = Array.ConvertAll(args, Normalize);
        if (command.Operands is null)
            return normal;
        CommandLineCheck.FindMistake(command, normal, out int end);
        return [.. normal[..end], .. args[end..]];
    }

    /// <summary>
    /// Makes two words of <c>--name=value</c>: the library takes an empty value, or one with a line feed, only so. One that
    /// begins with a dash it takes only as it is.
    /// </summary>
    /// <param name="args">Arguments in which <see cref="CommandLineCheck"/> has found no mistake.</param>
    public static IEnumerable<string> Separate(string[] args) => args.SelectMany(arg =>
    {
        int equals = arg.IndexOf('=');
        bool isJoined = equals > 0 && arg.StartsWith("--", StringComparison.Ordinal) && !arg.AsSpan(equals + 1).StartsWith("-");
        return isJoined ? new[] { arg[..equals], arg[(equals + 1)..] } : [arg];
    });

    private static string Normalize(string arg) => arg switch
    {
        "-h" => "--help",
        _ when OneDash.Any(name => arg == name || arg.StartsWith(name + "=", StringComparison.Ordinal)) => "-" + arg,
        _ => arg,
    };
}
