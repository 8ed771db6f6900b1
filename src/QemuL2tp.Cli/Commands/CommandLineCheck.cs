using System.Globalization;
using QemuL2tp.Options;

namespace QemuL2tp.Cli.Commands;

/// <summary>
/// Finds the mistakes that the command line library lets pass (it takes a stray word for one more value of the option
/// before it) or says too little about, and where the options end.
/// </summary>
internal static class CommandLineCheck
{
    private static readonly string[] s_libraryOwn = ["help", "version"];

    /// <param name="command">Whose options they are.</param>
    /// <param name="args">The arguments after <see cref="CommandLineArguments.Normalize"/>.</param>
    /// <param name="end">How many belong to options; what follows are operands, a <c>--</c> in front of them included.</param>
    /// <returns>The first mistake as a sentence, or null.</returns>
    public static string? FindMistake(Command command, string[] args, out int end)
    {
        for (end = 0; end < args.Length; end++)
        {
            string arg = args[end];
            if (arg.Length < 2 || arg[0] != '-' || arg == "--")
                return command.Operands is null ? StrayWord.Describe(command, arg, isFirst: end == 0) : null;

            int equals = arg.IndexOf('=');
            string option = equals < 0 ? arg : arg[..equals];
            string name = option.StartsWith("--", StringComparison.Ordinal) ? option[2..] : "";
            if (s_libraryOwn.Contains(name))
                continue;
            if (Array.Find(command.Options, known => known.Name == name) is not { } known)
                return Unknown(command, option, hasOperands: args.AsSpan(end).Contains("--"));

            if (!known.TakesValue)
            {
                if (equals >= 0)
                    return $"{option} takes no value: leave out '{arg[equals..]}'";
                continue;
            }

            if (equals < 0 && (end + 1 == args.Length || IsOption(args[end + 1])))
                return $"{option} needs a value: {option} {known.MetaValue}";
            if (FindMistake(option, known, equals < 0 ? args[++end] : arg[(equals + 1)..]) is { } mistake)
                return mistake;
        }

        return null;
    }

    private static bool IsOption(string word) => word.Length > 1 && word[0] == '-' && !char.IsAsciiDigit(word[1]);

    private static string? FindMistake(string option, OptionInfo known, string value)
    {
        if (known.Choices.Length > 0)
        {
            return known.Choices.Contains(value, StringComparer.OrdinalIgnoreCase)
                ? null
                : $"{option} '{value}' is not understood: write {string.Join(", ", known.Choices[..^1])} or {known.Choices[^1]}";
        }

        if (known.Type != typeof(int) && known.Type != typeof(int?))
            return null;
        if (int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out _))
            return null;
        return known.MetaValue == "FD"
            ? $"{option} '{value}' is not the number of a descriptor: write 3, for example"
            : $"{option} '{value}' is not a number: write it in decimal digits";
    }

    private static string Unknown(Command command, string option, bool hasOperands)
    {
        string? nearest = NearestName.Find(option.TrimStart('-'), [.. command.Options.Select(known => known.Name), .. s_libraryOwn]);
        return nearest is not null ? $"unknown option {option}; did you mean --{nearest}?"
            : command == CommandTable.Exec && hasOperands ? $"unknown option {option}: in front of -- are those of exec; QEMU's stand behind its name, as in exec -- qemu-system-x86_64 {option} ..."
            : $"unknown option {option}";
    }
}
