using System.Globalization;
using System.Reflection;
using CommandLine;
using QemuL2tp.Frames;
using QemuL2tp.Options;

namespace QemuL2tp.Cli;

/// <summary>
/// Finds the mistakes that the command line library lets pass (it takes a stray word for one more value of the option
/// before it) or says too little about.
/// </summary>
internal static class CommandLineCheck
{
    private static readonly Dictionary<string, Known> s_known = typeof(CommandLineOptions).GetProperties()
        .Select(property => (Option: property.GetCustomAttribute<OptionAttribute>()!, property.PropertyType))
        .ToDictionary(known => known.Option.LongName, known => new Known(known.PropertyType, known.Option.MetaValue));

    private static readonly string[] s_libraryOwn = ["help", "version"];

    private sealed record Known(Type Type, string MetaValue);

    /// <param name="args">The arguments after <see cref="CommandLineArguments.Normalize"/>.</param>
    /// <returns>The first mistake as a sentence, or null.</returns>
    public static string? FindMistake(string[] args)
    {
        for (int i = 0; i < args.Length; i++)
        {
            string arg = args[i];
            if (arg.Length < 2 || arg[0] != '-' || arg == "--")
                return $"unexpected argument '{arg}': write the text of an option as one word, items separated by commas without spaces, in quotes where the shell needs them";

            int equals = arg.IndexOf('=');
            string option = equals < 0 ? arg : arg[..equals];
            string name = option.StartsWith("--", StringComparison.Ordinal) ? option[2..] : "";
            if (s_libraryOwn.Contains(name))
                continue;
            if (!s_known.TryGetValue(name, out Known? known))
                return Unknown(option);

            if (known.Type == typeof(bool))
            {
                if (equals >= 0)
                    return $"{option} takes no value: leave out '{arg[equals..]}'";
                continue;
            }

            if (equals < 0 && (i + 1 == args.Length || IsOption(args[i + 1])))
                return $"{option} needs a value: {option} {known.MetaValue}";
            if (FindMistake(option, known.Type, equals < 0 ? args[++i] : arg[(equals + 1)..]) is { } mistake)
                return mistake;
        }

        return null;
    }

    private static bool IsOption(string word) => word.Length > 1 && word[0] == '-' && !char.IsAsciiDigit(word[1]);

    private static string? FindMistake(string option, Type type, string value)
    {
        if (type == typeof(int?) && !int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out _))
            return $"{option} '{value}' is not the number of a descriptor: write 3, for example";
        if (type == typeof(int) && value is not ("1" or "2"))
            return $"{option} '{value}' is not a number of threads: write 1 for both directions on one thread, or 2 for each on its own";
        // Enum.Parse would take numbers too.
        if (type == typeof(EventLevel) && !Enum.GetNames<EventLevel>().Contains(value, StringComparer.OrdinalIgnoreCase))
            return $"{option} '{value}' is not a level: write error, warning, info or debug";
        return null;
    }

    private static string Unknown(string option)
    {
        string? nearest = NearestName.Find(option.TrimStart('-'), [.. s_known.Keys, .. s_libraryOwn]);
        return $"unknown option {option}{(nearest is null ? "" : $"; did you mean --{nearest}?")}";
    }
}
