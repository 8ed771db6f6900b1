using System.Text;
using QemuL2tp.Options;

namespace QemuL2tp.Hosting;

/// <summary>
/// The front end of a pseudowire that nobody gave one: the passed socket that has its name, else a stream socket that listens in
/// <see cref="DefaultSocketDirectory"/>.
/// </summary>
internal static class DefaultFrontend
{
    private const string Extension = ".sock";

    /// <exception cref="UserErrorException">There is no place for its socket.</exception>
    public static Written<FrontendOptions> For(string id, ListenDescriptors descriptors)
    {
        if (descriptors.FrontendFor(id) is { } passed)
            return passed;
        return In(DefaultSocketDirectory.Prepare(), id);
    }

    /// <summary>The same as it would be, without any passed socket; makes no directory, and needs none.</summary>
    public static Written<FrontendOptions> Foresee(string id) => In(DefaultSocketDirectory.Name ?? "/run", id);

    /// <summary>What is wrong with a front end that was made here, where the user has written no path.</summary>
    /// <returns>Null when nothing is.</returns>
    public static UserErrorException? FindMistake(FrontendOptions frontend)
    {
        if (frontend.Address is not UnixFrontendAddress { Abstract: false, Path: var path })
            return null;
        int excess = Encoding.UTF8.GetByteCount(path) - SocketAddressReader.LongestUnixPath;
        if (excess <= 0)
            return null;
        string directory = Path.GetDirectoryName(path)!;
        int room = Encoding.UTF8.GetByteCount(Path.GetFileName(path)) - Extension.Length - excess;
        return new UserErrorException(
            $"UNIX socket path '{path}' is too long",
            $"It is made of the runtime directory {directory} and the id, and must be at most {SocketAddressReader.LongestUnixPath} bytes: {(room > 0 ? $"choose an id of at most {room} bytes" : "shorten the directory (XDG_RUNTIME_DIR)")}, or give this pseudowire a --frontend.")
        {
            Option = "id",
            Value = Path.GetFileNameWithoutExtension(path),
        };
    }

    private static Written<FrontendOptions> In(string directory, string id)
    {
        string path = Path.Combine(directory, id.Replace('/', '_') + Extension);
        return new Written<FrontendOptions>(
            $"--frontend stream,server=on,addr.type=unix,addr.path={OptsTokenizer.Escape(path)}",
            new FrontendOptions { Kind = FrontendKind.Stream, Server = true, Address = new UnixFrontendAddress(path) });
    }
}
