using System.Runtime.InteropServices;
using System.Text;
using QemuL2tp.Frames;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace QemuL2tp.Guest.Sockets;

/// <summary>
/// Why QEMU's socket cannot be connected to. That it is not there yet is nothing special; that it may not be opened (EACCES, EPERM) will not
/// change by waiting.
/// </summary>
internal static unsafe class ConnectErrors
{
    public static EventLevel LevelOf(int error) => IsForbidden(error) ? EventLevel.Warning : EventLevel.Info;

    public static bool IsForbidden(int error) => error == EACCES || error == EPERM;

    /// <summary>What C's <c>strerror</c> says, and which permission is missing.</summary>
    /// <param name="error">The error number.</param>
    /// <param name="path">Of a unix socket; null: of an inet address.</param>
    public static string Explain(int error, string? path)
    {
        string text = Marshal.GetPInvokeErrorMessage(error);
        if (!IsForbidden(error))
            return text;
        return path is null ? $"{text} (a firewall rule or a route of this host forbids it)" : $"{text}: {MissingPermission(path)}";
    }

    /// <summary>A directory on the way that may not be searched, or else the socket, which may not be written to.</summary>
    private static string MissingPermission(string path)
    {
        string full = Path.GetFullPath(path);
        string? directory = null;
        statx seen = default;
        for (int slash = full.IndexOf('/', 1); slash >= 0; slash = full.IndexOf('/', slash + 1))
        {
            if (!TryStat(full[..slash], out statx status))
                break;
            (directory, seen) = (full[..slash], status);
        }

        if (TryStat(full, out statx socket))
            return $"it needs write permission on this socket, which has {Describe(socket)}; give it that (chmod, chown), or run it as the user of QEMU";
        return directory is null ? "its directory may not be searched" : $"it may not search the directory {directory}, which has {Describe(seen)}; give it x permission there (chmod), or run it as the user of QEMU";
    }

    private static string Describe(statx status) =>
        $"mode {Convert.ToString(status.stx_mode & 0xfff, 8).PadLeft(4, '0')}, user {status.stx_uid}, group {status.stx_gid}";

    private static bool TryStat(string path, out statx status)
    {
        status = default;
        fixed (byte* name = Encoding.UTF8.GetBytes(path + '\0'))
        fixed (statx* result = &status)
        {
            return LibC.statx(AT_FDCWD, name, 0, STATX_BASIC_STATS, result) == 0;
        }
    }
}
