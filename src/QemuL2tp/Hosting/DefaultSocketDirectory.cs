using QemuL2tp.Options;

namespace QemuL2tp.Hosting;

/// <summary>
/// Where listening sockets go that nobody gave a path: <c>$RUNTIME_DIRECTORY</c> (systemd.exec(5)), which the unit gives its mode, else
/// <c>$XDG_RUNTIME_DIR/qemu-l2tp</c>, for this user only.
/// </summary>
internal static class DefaultSocketDirectory
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <summary>systemd names all of a unit's directories, with colons between them.</summary>
    private static string? OfUnit => Environment.GetEnvironmentVariable("RUNTIME_DIRECTORY")?.Split(':')[0] is { Length: > 0 } given ? given : null;

    /// <summary>The directory's name, whether it is there or not; null: there is no place for it.</summary>
    public static string? Name
    {
        get
        {
            if (OfUnit is { } given)
                return given;
            string? runtime = Environment.GetEnvironmentVariable("XDG_RUNTIME_DIR");
            if (string.IsNullOrEmpty(runtime))
                runtime = Environment.IsPrivilegedProcess ? "/run" : null;
            return runtime is null ? null : Path.Combine(runtime, "qemu-l2tp");
        }
    }

    /// <summary>Makes the directory when it is missing.</summary>
    /// <returns>Its name.</returns>
    /// <exception cref="UserErrorException">There is no place for it.</exception>
    public static string Prepare()
    {
        string path = Name ?? throw new UserErrorException("XDG_RUNTIME_DIR is not set", "Set it, or say where QEMU connects: --frontend stream,server=on,addr.type=unix,addr.path=PATH.") { Option = "XDG_RUNTIME_DIR" };
        if (path == OfUnit)
            return path;
        try
        {
            Directory.CreateDirectory(path, OwnerOnly);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"cannot create {path}: {SystemWords.For(e, path)}", "Say where QEMU connects: --frontend stream,server=on,addr.type=unix,addr.path=PATH.") { Option = "--frontend" };
        }

        return path;
    }
}
