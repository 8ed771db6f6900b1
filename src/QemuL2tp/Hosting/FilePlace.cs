using System.Text;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace QemuL2tp.Hosting;

/// <summary>What the system says about a place where a file is to be, before it is there.</summary>
internal static unsafe class FilePlace
{
    /// <summary>What is there; a symbolic link is not followed.</summary>
    /// <returns>One of the types of <c>S_IFMT</c>, or 0: nothing, or nothing that we may see.</returns>
    public static uint TypeOf(string path)
    {
        statx facts;
        fixed (byte* name = Encoding.UTF8.GetBytes(path + '\0'))
            return LibC.statx(AT_FDCWD, name, AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS, &facts) == 0 ? (uint)(facts.stx_mode & S_IFMT) : 0;
    }

    /// <summary>Whether files can be made and removed in the directory of a file.</summary>
    /// <param name="path">The file.</param>
    /// <returns>0, or the error number.</returns>
    public static int FindError(string path)
    {
        if (path.Length == 0)
            return ENOENT;
        string directory = Path.GetDirectoryName(Path.GetFullPath(path)) ?? "/";
        fixed (byte* name = Encoding.UTF8.GetBytes(directory + "/\0"))
            return access(name, W_OK | X_OK) == 0 ? 0 : errno;
    }
}
