using System.Text;
using Tmds.Linux;

namespace QemuL2tp.Tests.TestSupport;

/// <summary>Descriptors that are not what a back end asked for.</summary>
public enum WrongFile
{
    Pipe,
    Directory,
    Device,
    Socket,
    EventFd,
}

internal static unsafe class WrongFiles
{
    /// <summary>A new descriptor of that kind, to be given away.</summary>
    public static int Open(this WrongFile kind)
    {
        int* two = stackalloc int[2];
        switch (kind)
        {
            case WrongFile.EventFd:
                return LibC.eventfd(0, LibC.EFD_CLOEXEC);
            case WrongFile.Pipe:
                _ = LibC.pipe2(two, LibC.O_CLOEXEC);
                _ = LibC.close(two[1]);
                return two[0];
            case WrongFile.Socket:
                return LibC.socket(LibC.AF_UNIX, LibC.SOCK_STREAM | LibC.SOCK_CLOEXEC, 0);
            default:
                fixed (byte* path = Encoding.ASCII.GetBytes(kind == WrongFile.Directory ? "/\0" : "/dev/zero\0"))
                {
                    return LibC.open(path, LibC.O_CLOEXEC | (kind == WrongFile.Directory ? 0 : LibC.O_RDWR), 0);
                }
        }
    }
}
