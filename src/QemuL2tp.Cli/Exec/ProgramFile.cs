using System.Text;
using QemuL2tp.Hosting;
using static Tmds.Linux.LibC;

namespace QemuL2tp.Cli.Exec;

/// <summary>The file of a program: where execvp(3) finds it, and why the system does not start it, whose error numbers mean several things each.</summary>
/// <param name="name">A path, or a name to be looked for in PATH, as text.</param>
internal sealed class ProgramFile(string name)
{
    private const UnixFileMode AnyExecute = UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;
    private const int LongestFirstLine = 256;

    private readonly string? _path = Find(name);

    /// <summary>What would keep it from being started, as an error number; 0: nothing that can be seen from here.</summary>
    public int FindError() =>
        _path is null || !Path.Exists(_path) ? ENOENT
        : Directory.Exists(_path) || !IsExecutable(_path) ? EACCES
        : Interpreter(_path) is { } interpreter && !File.Exists(interpreter) ? ENOENT
        : 0;

    /// <param name="error">The error number that the system gave.</param>
    /// <returns>What is wrong in plain words, and what to do.</returns>
    public (string Problem, string Remedy) Explain(int error)
    {
        if (name.StartsWith('-'))
            return ($"{name} is where QEMU's name has to be", $"Write QEMU first: qemu-l2tp exec -- qemu-system-x86_64 {name} ...");
        if (_path is null)
            return ($"{name} is not in PATH", $"Install it, or write where it is: qemu-l2tp exec -- /path/to/{name} ...; PATH is {Environment.GetEnvironmentVariable("PATH")}");
        if (Directory.Exists(_path))
            return ($"{name}: {SystemWords.For(EISDIR)}", "Write the path of QEMU itself.");
        return Interpreter(_path) switch
        {
            _ when error == ENOENT && !Path.Exists(_path) => ($"{name}: {SystemWords.For(ENOENT)}", "Write the path of an installed QEMU, or its name if it is in PATH."),
            { } interpreter when error == ENOENT => ($"{name}: {interpreter}, the interpreter of this script, does not exist", $"Install {interpreter}, or mend the script's first line."),
            null when error == ENOENT => ($"{name}: the dynamic loader that this program names does not exist", "It was built for another system: install that loader, or another build of QEMU."),
            _ when error == EACCES && !IsExecutable(_path) => ($"{name}: {SystemWords.For(EACCES)}", $"It is not executable: chmod +x {_path}"),
            { } interpreter when error == EACCES => ($"{name}: {SystemWords.For(EACCES)}", $"This user must be allowed to execute it and its interpreter, {interpreter}."),
            _ when error == ENOEXEC => ($"{name}: {SystemWords.For(ENOEXEC)}", "It is no program of this machine; if it is a script, its first line must name an interpreter, such as #!/bin/sh."),
            _ => ($"{name}: {SystemWords.For(error)}", "This user must be allowed to execute it."),
        };
    }

    private static string? Find(string name)
    {
        if (name.Contains('/', StringComparison.Ordinal))
            return name;
        string[] there = [.. (Environment.GetEnvironmentVariable("PATH") ?? "/bin:/usr/bin").Split(':').Select(directory => Path.Combine(directory.Length == 0 ? "." : directory, name)).Where(File.Exists)];
        return there.FirstOrDefault(IsExecutable) ?? there.FirstOrDefault();
    }

    private static bool IsExecutable(string path)
    {
        try
        {
            return (File.GetUnixFileMode(path) & AnyExecute) != 0;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>What the first line of a script names; null where there is no script, or none that we may read.</summary>
    private static string? Interpreter(string path)
    {
        try
        {
            Span<byte> bytes = stackalloc byte[LongestFirstLine];
            using FileStream file = File.OpenRead(path);
            bytes = bytes[..file.Read(bytes)];
            if (!bytes.StartsWith("#!"u8))
                return null;
            int end = bytes.IndexOf((byte)'\n');
            string[] words = Encoding.UTF8.GetString(end < 0 ? bytes[2..] : bytes[2..end]).Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
            return words.FirstOrDefault();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
