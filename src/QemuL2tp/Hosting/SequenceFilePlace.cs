using QemuL2tp.Options;

namespace QemuL2tp.Hosting;

/// <summary>Where a pseudowire's sequence number is kept.</summary>
internal static class SequenceFilePlace
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <summary>
    /// <c>x-seq-file</c>, else <c>ID.seq</c> in <c>$STATE_DIRECTORY</c> (systemd.exec(5)), in <c>$XDG_STATE_HOME/qemu-l2tp</c>,
    /// in <c>~/.local/state/qemu-l2tp</c>, for root in <c>/var/lib/qemu-l2tp</c>.
    /// </summary>
    /// <param name="options">The pseudowire.</param>
    /// <param name="variable">The environment.</param>
    /// <param name="isRoot">Whether the program runs as root.</param>
    /// <returns>Null when there is no such place.</returns>
    public static string? For(L2tpv3Options options, Func<string, string?> variable, bool isRoot)
    {
        if (options.SequenceFile is { } given)
            return given;
        string? directory = Systemd(variable) ?? Absolute(variable("XDG_STATE_HOME"), "qemu-l2tp")
            ?? (isRoot ? "/var/lib/qemu-l2tp" : Absolute(variable("HOME"), ".local/state/qemu-l2tp"));
        return directory is null ? null : Path.Combine(directory, options.Id.Replace('/', '_') + ".seq");
    }

    /// <summary>The place; a directory of our own choice is created, for this user only.</summary>
    /// <param name="options">The pseudowire.</param>
    /// <param name="variable">The environment.</param>
    public static string? Prepare(L2tpv3Options options, Func<string, string?> variable)
    {
        string? path = For(options, variable, Environment.IsPrivilegedProcess);
        if (path is null || options.SequenceFile is not null)
            return path;
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!, OwnerOnly);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Whoever opens the file finds out, and says why.
        }

        return path;
    }

    /// <summary>systemd names all of a unit's directories, with colons between them.</summary>
    private static string? Systemd(Func<string, string?> variable) => Absolute(variable("STATE_DIRECTORY")?.Split(':')[0], "");

    /// <summary>The XDG specification has relative paths ignored.</summary>
    private static string? Absolute(string? directory, string below) =>
        Path.IsPathRooted(directory) ? Path.Combine(directory, below) : null;
}
