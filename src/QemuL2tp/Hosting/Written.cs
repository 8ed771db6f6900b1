using QemuL2tp.Options;

namespace QemuL2tp.Hosting;

/// <summary>A parsed option and how it stands on the command line, for messages about it.</summary>
internal sealed record Written<T>(string Origin, T Value);

internal static class Written
{
    /// <summary>Parses the text of an option.</summary>
    /// <param name="option">Its name, for messages.</param>
    /// <param name="text">Its text.</param>
    /// <param name="parse">Given the text and a collection for warnings.</param>
    /// <param name="warn">Called with each warning, with the option's text in front, also when an error follows.</param>
    /// <exception cref="UserErrorException">The text is wrong; the message begins with the option.</exception>
    public static Written<T> Parse<T>(string option, string text, Func<string, ICollection<string>, T> parse, Action<string> warn)
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
                warn($"{origin}: warning: {warning}");
        }
    }

    /// <summary>Puts the option's text, if there is one, in front of any message about it, as QEMU does.</summary>
    public static T In<T>(string origin, Func<T> action)
    {
        try
        {
            return action();
        }
        catch (UserErrorException e)
        {
            throw About(origin, e);
        }
    }

    /// <inheritdoc cref="In{T}"/>
    public static async Task<T> InAsync<T>(string origin, Func<Task<T>> action)
    {
        try
        {
            return await action().ConfigureAwait(false);
        }
        catch (UserErrorException e)
        {
            throw About(origin, e);
        }
    }

    /// <inheritdoc cref="In{T}"/>
    public static void In(string origin, Action action) => In(origin, () =>
    {
        action();
        return true;
    });

    private static UserErrorException About(string origin, UserErrorException e) => e.With(origin.Length == 0 ? e.Problem : $"{origin}: {e.Problem}", e.Remedy);
}
