using System.Runtime.InteropServices;
using System.Text;
using QemuL2tp.Options;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace QemuL2tp.Guest.Sockets;

/// <summary>The file of a unix socket that is bound: clears a stale one away, never touches anything else, removes only its own.</summary>
internal sealed unsafe class UnixSocketFile
{
    private readonly string _path;
    private readonly ulong _inode;

    private UnixSocketFile(string path, ulong inode)
    {
        _path = path;
        _inode = inode;
    }

    /// <summary>Removes the socket file that a dead process left behind.</summary>
    /// <param name="address">Where it is.</param>
    /// <param name="bytes">The same as bytes.</param>
    /// <param name="type">SOCK_STREAM or SOCK_DGRAM, as of the socket to be bound.</param>
    /// <exception cref="UserErrorException">Something else is there, or somebody's live socket.</exception>
    public static void ClearStale(UnixFrontendAddress address, StreamAddress bytes, int type)
    {
        if (IsStale(address, bytes, type) && Unlink(address.Path) is not 0 and var error)
            throw new UserErrorException($"Failed to bind socket to {address.Path}: the socket of an ended process is there: {Marshal.GetPInvokeErrorMessage(error)}", "remove the file, or choose another path") { Option = KeyOf(type), Value = address.Path };
    }

    /// <summary>Whether a dead process left its socket file behind; nobody who listens there notices the question.</summary>
    /// <inheritdoc cref="ClearStale"/>
    public static bool IsStale(UnixFrontendAddress address, StreamAddress bytes, int type)
    {
        if (!TryStat(address.Path, out statx status))
            return false;
        if ((status.stx_mode & S_IFMT) != S_IFSOCK)
            throw new UserErrorException($"Failed to bind socket to {address.Path}: a file that is not a socket is there", "it is left alone; choose another path or remove it yourself") { Option = KeyOf(type), Value = address.Path };
        // A datagram socket makes no connection: the kernel looks for the owner of the file first, and only then at its kind.
        int probe = StreamSocket.Create(AF_UNIX, SOCK_DGRAM);
        int error = StreamSocket.Connect(probe, bytes);
        _ = close(probe);
        return error switch
        {
            _ when error == ECONNREFUSED => true,
            _ when error == ENOENT => false,
            _ when ConnectErrors.IsForbidden(error) => throw new UserErrorException(
                $"Failed to bind socket to {address.Path}: a socket that this process may not open is there",
                $"choose another path or remove it yourself ({ConnectErrors.Explain(error, address.Path)})")
            {
                Option = KeyOf(type),
                Value = address.Path,
            },
            _ => throw new UserErrorException($"Failed to bind socket to {address.Path}: another process {(type == SOCK_STREAM ? "listens" : "receives")} there", "end that process or choose another path") { Option = KeyOf(type), Value = address.Path },
        };
    }

    private static string KeyOf(int type) => type == SOCK_STREAM ? "addr.path" : "local.path";

    /// <summary>Remembers the file that was just bound.</summary>
    public static UnixSocketFile Own(string path) => new(path, TryStat(path, out statx status) ? status.stx_ino : 0);

    /// <summary>Removes the file unless somebody has put another in its place.</summary>
    public void Remove()
    {
        if (TryStat(_path, out statx status) && status.stx_ino == _inode && (status.stx_mode & S_IFMT) == S_IFSOCK)
            _ = Unlink(_path);
    }

    private static bool TryStat(string path, out statx status)
    {
        status = default;
        fixed (byte* name = Encoding.UTF8.GetBytes(path + '\0'))
        fixed (statx* result = &status)
        {
            return LibC.statx(AT_FDCWD, name, AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS, result) == 0;
        }
    }

    /// <returns>0, or the error number.</returns>
    private static int Unlink(string path)
    {
        fixed (byte* name = Encoding.UTF8.GetBytes(path + '\0'))
        {
            return unlink(name) == 0 ? 0 : errno;
        }
    }
}
