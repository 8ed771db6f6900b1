using System.Globalization;
using QemuL2tp.Options;

namespace QemuL2tp.Cli;

/// <summary>A file with the process ID, there while the process is ready.</summary>
internal sealed class PidFile : IDisposable
{
    private readonly string _path;
    private readonly string _text = Environment.ProcessId.ToString(CultureInfo.InvariantCulture) + "\n";

    /// <exception cref="UserErrorException">It cannot be written.</exception>
    public PidFile(string path)
    {
        _path = path;
        try
        {
            File.WriteAllText(path, _text);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new UserErrorException($"--pid-file {path} cannot be written: {e.Message}", "Choose a file in a directory that is writable for this user.");
        }
    }

    /// <summary>Removes the file, unless it is gone already or a successor has written its own ID.</summary>
    public void Dispose()
    {
        try
        {
            if (File.ReadAllText(_path) == _text)
                File.Delete(_path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Gone, or no longer ours to touch: nothing is left to do.
        }
    }
}
