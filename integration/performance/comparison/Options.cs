using System.Globalization;

namespace QemuL2tp.Performance;

/// <summary>The command line.</summary>
internal sealed record Options(bool Smoke, bool List, int Rounds, double Seconds, IReadOnlyList<string> Names)
{
    /// <summary>Reads it; the error is a line for people.</summary>
    public static Options? Parse(string[] arguments, out string error)
    {
        var options = new Options(false, false, 5, 1, []);
        var names = new List<string>();
        error = "";
        for (int i = 0; i < arguments.Length; i++)
        {
            string? value = i + 1 < arguments.Length ? arguments[i + 1] : null;
            switch (arguments[i])
            {
                case "--smoke":
                    options = options with { Smoke = true };
                    break;
                case "--list":
                    options = options with { List = true };
                    break;
                case "--rounds" when int.TryParse(value, CultureInfo.InvariantCulture, out int rounds) && rounds is > 0 and <= 1000:
                    options = options with { Rounds = rounds };
                    i++;
                    break;
                case "--seconds" when double.TryParse(value, CultureInfo.InvariantCulture, out double seconds) && seconds is >= 0.1 and <= 600:
                    options = options with { Seconds = seconds };
                    i++;
                    break;
                case "--rounds" or "--seconds":
                    error = $"{arguments[i]} takes a positive number, not {value ?? "nothing"}";
                    return null;
                case var option when option.StartsWith('-'):
                    error = $"unknown option {option}; known: --smoke, --list, --rounds N, --seconds S, name…";
                    return null;
                case var name:
                    names.Add(name);
                    break;
            }
        }

        if (Rows.Named(names).Count == 0)
        {
            error = $"no row has a name with {string.Join(" or ", names)}; see --list";
            return null;
        }

        return options with { Names = names };
    }
}
