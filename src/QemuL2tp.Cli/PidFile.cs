using System.Globalization;
using QemuL2tp.Options;

namespace QemuL2tp.Cli;

/// <summary>A file with the process ID, there while the process is ready.</summary>
internal sealed class PidFile : IDisposable
{
    private readonly string _path;

    /// <exception cref="UserErrorException">It cannot be written.</exception>
    public PidFile(string path)
    {
        _path = path;
        try
        {
            File.WriteAllText(path, Environment.ProcessId.ToString(CultureInfo.InvariantCulture) + "\n");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"--pid-file {path} cannot be written: {e.Message}", "Choose a file in a directory that is writable for this user.");
        }
    }

    public void Dispose() => File.Delete(_path);
}
