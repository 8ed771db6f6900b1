using QemuL2tp.Options;

namespace QemuL2tp.Cli;

/// <summary>A parsed option and how it stands on the command line, for messages about it.</summary>
internal sealed record Written<T>(string Origin, T Value);

internal static class Written
{
    /// <summary>Puts the option's text in front of any message about it, as QEMU does.</summary>
    public static T In<T>(string origin, Func<T> action)
    {
        try
        {
            return action();
        }
        catch (UserErrorException e)
        {
            throw new UserErrorException($"{origin}: {e.Message}", e.Remedy);
        }
    }

    /// <summary>Parses the text of an option and logs what the parser warns about.</summary>
    /// <param name="option">Its name.</param>
    /// <param name="text">Its value.</param>
    /// <param name="parse">Text to value; the second argument receives warnings.</param>
    /// <param name="log">Where they go.</param>
    /// <exception cref="UserErrorException">The parser's, about this option.</exception>
    public static Written<T> Parse<T>(string option, string text, Func<string, ICollection<string>, T> parse, StderrLog log)
    {
        string origin = $"{option} {text}";
        List<string> warnings = [];
        try
        {
            return new Written<T>(origin, In(origin, () => parse(text, warnings)));
        }
        finally
        {
            foreach (string warning in warnings)
                log.WarnAbout(origin, warning);
        }
    }

    /// <inheritdoc cref="In{T}"/>
    public static void In(string origin, Action action) => In(origin, () =>
    {
        action();
        return true;
    });
}
