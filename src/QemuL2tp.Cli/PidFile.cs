using System.Globalization;
using System.Text;
using QemuL2tp.Hosting;
using QemuL2tp.Options;
using static Tmds.Linux.LibC;

namespace QemuL2tp.Cli;

/// <summary>A file with the process ID, there while the process is ready, and never with less in it.</summary>
internal sealed class PidFile : IDisposable
{
    private const string WritableDirectory = "Choose a file in a directory that is writable for this user.";

    private readonly string _path;
    private readonly string _text = Environment.ProcessId.ToString(CultureInfo.InvariantCulture) + "\n";

    /// <exception cref="UserErrorException">It cannot be written.</exception>
    public PidFile(string path)
    {
        _path = path;
        RequireFile(path);
        try
        {
            if (IsPlain(path))
                Replace(path, _text);
            else
                File.WriteAllText(path, _text);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw NotWritten(path, SystemWords.For(e, path), WritableDirectory);
        }
    }

    /// <summary>Finds what would keep the file from being written, and writes nothing.</summary>
    /// <exception cref="UserErrorException">It could not be written.</exception>
    public static void Require(string path)
    {
        RequireFile(path);
        if (IsPlain(path) && FilePlace.FindError(path) is not 0 and var error)
            throw NotWritten(path, SystemWords.For(error), WritableDirectory);
    }

    /// <summary>Removes the file, unless it is gone already or a successor has written its own ID.</summary>
    public void Dispose()
    {
        try
        {
            if (FilePlace.TypeOf(_path) == (uint)S_IFREG && File.ReadAllText(_path) == _text)
                File.Delete(_path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Gone, or no longer ours to touch: nothing is left to do.
        }
    }

    /// <summary>A device or a pipe is written to, anything else is replaced as a whole.</summary>
    private static bool IsPlain(string path) => FilePlace.TypeOf(path) is var type && (type == 0 || type == (uint)S_IFREG);

    private static void RequireFile(string path)
    {
        if (FilePlace.TypeOf(path) == (uint)S_IFLNK)
            throw NotWritten(path, "it is a symbolic link", "Links are not followed, lest somebody else's file be overwritten: name the file itself.");
        if (path.EndsWith('/') || Directory.Exists(path))
            throw NotWritten(path, SystemWords.For(EISDIR), "Name a file in it.");
        if (FilePlace.TypeOf(path) == (uint)S_IFREG)
            RequireLeftOver(path);
    }

    /// <summary>What is there is of a process that has ended; anything else is not ours to replace, nor to remove at the end.</summary>
    private static void RequireLeftOver(string path)
    {
        string text = BeginningOf(path).Trim();
        if (text.Length == 0)
            return;
        if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int process))
            throw NotWritten(path, "what is in it is no process ID", "Choose another file, or remove it.");
        if (process != Environment.ProcessId && NameOf(process) is { } name && name == NameOf(Environment.ProcessId))
            throw NotWritten(path, string.Create(CultureInfo.InvariantCulture, $"it is that of process {process}, which runs"), "Choose another file for each process, or end that one.");
    }

    /// <summary>As much as a process ID may take; empty where it may not be read.</summary>
    private static string BeginningOf(string path)
    {
        try
        {
            using var reader = new StreamReader(path);
            char[] text = new char[32];
            return new string(text, 0, reader.ReadBlock(text));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    /// <returns>The name of a program that runs; null: there is none, or it is hidden from us.</returns>
    private static string? NameOf(int process)
    {
        try
        {
            return File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{process}/comm"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>The name leads to the whole text or, on a full disk, to what it led to before.</summary>
    private static void Replace(string path, string text)
    {
        string written = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(path))!, $".qemu-l2tp-{Path.GetRandomFileName()}");
        try
        {
            using (var file = new FileStream(written, FileMode.CreateNew, FileAccess.Write, FileShare.Read, bufferSize: 0))
                file.Write(Encoding.ASCII.GetBytes(text));
            File.Move(written, path, overwrite: true);
        }
        catch
        {
            File.Delete(written);
            throw;
        }
    }

    private static UserErrorException NotWritten(string path, string why, string remedy) => new($"--pid-file {path} cannot be written: {why}", remedy) { Option = "--pid-file", Value = path };
}
