using System.Runtime.InteropServices;
using static Tmds.Linux.LibC;

namespace QemuL2tp.Hosting;

/// <summary>What the system says about a failure, in the words of strerror(3). .NET has words of its own, and one for several errors.</summary>
internal static class SystemWords
{
    /// <param name="error">An error number.</param>
    public static string For(int error) => Marshal.GetPInvokeErrorMessage(error);

    /// <param name="e">What .NET has thrown while it opened, read or wrote a file.</param>
    /// <param name="path">The file.</param>
    public static string For(Exception e, string path) => e switch
    {
        // Also what .NET found out without asking the system: it opens no directory as a file.
        UnauthorizedAccessException when Directory.Exists(path) => For(EISDIR),
        UnauthorizedAccessException { InnerException.HResult: > 0 and var error } => For(error),
        UnauthorizedAccessException => For(EACCES),
        ArgumentOutOfRangeException => For(EFBIG),
        FileNotFoundException or DirectoryNotFoundException or ArgumentException => For(ENOENT),
        PathTooLongException => For(ENAMETOOLONG),
        // An HResult of Windows is negative; here it is an error number.
        IOException { HResult: > 0 and var error } => For(error),
        _ => e.Message,
    };
}
