using System.Text;
using QemuL2tp.Guest.Sockets;
using QemuL2tp.Hosting;
using QemuL2tp.Options;
using static Tmds.Linux.LibC;

namespace QemuL2tp.Cli.Exec;

/// <summary>
/// A listening unix socket whose file has no name any more: whoever has the descriptor of the file connects by
/// <c>/proc/self/fd/N</c>, nobody else can, and nothing is left behind however the processes end.
/// </summary>
/// <param name="Listening">The socket.</param>
/// <param name="File">Its file, opened with O_PATH.</param>
internal sealed record HiddenSocket(int Listening, int File)
{
    private const int LongestPath = 107;

    /// <exception cref="UserErrorException">No socket can be made in the directory for temporary files.</exception>
    public static unsafe HiddenSocket Create()
    {
        DirectoryInfo directory = NewDirectory();
        string path = Path.Combine(directory.FullName, "s");
        try
        {
            if (Encoding.UTF8.GetByteCount(path) > LongestPath)
                throw new UserErrorException($"the path of a socket is too long: {path}", "Set TMPDIR to a shorter one, such as /tmp.") { Option = "TMPDIR", Value = Path.GetTempPath() };
            int listening = StreamSocket.Listen(StreamAddress.From(new UnixFrontendAddress(path, Abstract: false, Tight: true)));
            fixed (byte* name = Encoding.UTF8.GetBytes(path + '\0'))
            {
                return new HiddenSocket(listening, Descriptors.Check(open(name, O_PATH | O_CLOEXEC, 0)));
            }
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    private static DirectoryInfo NewDirectory()
    {
        try
        {
            return Directory.CreateTempSubdirectory("qemu-l2tp-");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"no directory for a socket in {Path.GetTempPath()}: {SystemWords.For(e, "")}", "Set TMPDIR to a directory that is writable for this user.") { Option = "TMPDIR", Value = Path.GetTempPath() };
        }
    }
}
