using QemuL2tp.Options;

namespace QemuL2tp.Hosting;

/// <summary>
/// Where listening sockets go that nobody gave a path: <c>$RUNTIME_DIRECTORY</c> (systemd.exec(5)), which the unit gives its mode, else
/// <c>$XDG_RUNTIME_DIR/qemu-l2tp</c>, for this user only.
/// </summary>
internal static class DefaultSocketDirectory
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <summary>The directory; created when it is missing.</summary>
    /// <exception cref="UserErrorException">There is no place for it.</exception>
    public static string Path
    {
        get
        {
            // systemd names all of a unit's directories, with colons between them.
            if (Environment.GetEnvironmentVariable("RUNTIME_DIRECTORY")?.Split(':')[0] is { Length: > 0 } given)
                return given;
            string? runtime = Environment.GetEnvironmentVariable("XDG_RUNTIME_DIR");
            if (string.IsNullOrEmpty(runtime))
                runtime = Environment.IsPrivilegedProcess ? "/run" : null;
            if (runtime is null)
                throw new UserErrorException("XDG_RUNTIME_DIR is not set", "Set it, or say where QEMU connects: --frontend stream,server=on,addr.type=unix,addr.path=PATH.");
            string path = System.IO.Path.Combine(runtime, "qemu-l2tp");
            try
            {
                Directory.CreateDirectory(path, OwnerOnly);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new UserErrorException($"cannot create {path}: {e.Message}", "Say where QEMU connects: --frontend stream,server=on,addr.type=unix,addr.path=PATH.");
            }

            return path;
        }
    }
}
