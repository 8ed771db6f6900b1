using QemuL2tp.Options;

namespace QemuL2tp.Hosting;

/// <summary>
/// The front end of a pseudowire that nobody gave one: the passed socket that has its name, else a stream socket that listens in
/// <see cref="DefaultSocketDirectory"/>.
/// </summary>
internal static class DefaultFrontend
{
    /// <exception cref="UserErrorException">There is no place for its socket.</exception>
    public static Written<FrontendOptions> For(string id, ListenDescriptors descriptors)
    {
        if (descriptors.FrontendFor(id) is { } passed)
            return passed;
        string path = Path.Combine(DefaultSocketDirectory.Path, id.Replace('/', '_') + ".sock");
        return Written.Parse("--frontend", $"stream,server=on,addr.type=unix,addr.path={OptsTokenizer.Escape(path)}", FrontendParser.Parse, _ => { });
    }
}
