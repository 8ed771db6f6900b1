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

    /// <inheritdoc cref="In{T}"/>
    public static void In(string origin, Action action) => In(origin, () =>
    {
        action();
        return true;
    });
}
