using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;
using QemuL2tp.Linux;
using QemuL2tp.Options;
using Tmds.Linux;

namespace QemuL2tp.Hosting;

/// <summary>Opens a file that one process at a time may use.</summary>
internal static unsafe class LockedFile
{
    private const ushort OwnerOnly = 0x180;

    /// <summary>Opens for reading and writing; created, for this user only, when it is missing.</summary>
    /// <param name="path">Where.</param>
    /// <returns>The lock (flock(2)) goes with the handle, also when the process is killed.</returns>
    /// <exception cref="UserErrorException">Somebody else has it, or it is something we must not write to.</exception>
    /// <exception cref="IOException">It cannot be opened; the message is the system's.</exception>
    public static SafeFileHandle Open(string path)
    {
        int descriptor;
        fixed (byte* name = Encoding.UTF8.GetBytes(path + '\0'))
            descriptor = LibC.open(name, LibC.O_RDWR | LibC.O_CREAT | LibC.O_CLOEXEC | LibC.O_NOFOLLOW | LibC.O_NONBLOCK, OwnerOnly);
        if (descriptor < 0 && LibC.errno == LibC.ELOOP)
            throw new UserErrorException($"{path} is a symbolic link", "Links are not followed, lest somebody else's file be overwritten: write x-seq-file=PATH with the file itself.") { Option = "x-seq-file", Value = path };
        if (descriptor < 0)
            throw Failed();

        var file = new SafeFileHandle(descriptor, ownsHandle: true);
        try
        {
            RequireRegular(descriptor, path);
            Lock(descriptor, path);
            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    private static void RequireRegular(int descriptor, string path)
    {
        statx facts;
        byte empty = 0;
        if (LibC.statx(descriptor, &empty, LibC.AT_EMPTY_PATH, LibC.STATX_BASIC_STATS, &facts) < 0)
            throw Failed();
        if ((facts.stx_mode & LibC.S_IFMT) != LibC.S_IFREG)
            throw new UserErrorException($"{path} is not a regular file", "Write x-seq-file=PATH with the name of a file that this program may create.") { Option = "x-seq-file", Value = path };
    }

    private static void Lock(int descriptor, string path)
    {
        if (Glibc.flock(descriptor, Glibc.LOCK_EX | Glibc.LOCK_NB) == 0)
            return;
        throw LibC.errno == LibC.EAGAIN
            ? new UserErrorException($"{path} is in use by another pseudowire", "Two senders cannot share one sequence of numbers: end the other one, or give each its own id or x-seq-file=PATH.") { Option = "x-seq-file", Value = path }
            : Failed();
    }

    private static IOException Failed() => new(Marshal.GetPInvokeErrorMessage(LibC.errno));
}
