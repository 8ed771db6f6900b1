using QemuL2tp.QemuCommandLine;
using static QemuL2tp.Linux.Glibc;
using static Tmds.Linux.LibC;

namespace QemuL2tp.Cli.Exec;

/// <summary>The QEMU that the user names, as execvp finds it.</summary>
/// <param name="name">A path, or a name to be looked for in PATH.</param>
internal sealed unsafe class QemuProgram(string name)
{
    /// <summary>What shells and env(1) end with when there is nothing to execute.</summary>
    private const int NothingToExecute = 126;

    private const int NotFound = 127;

    /// <summary>Asks it. One that does not say, such as a script of the user's, has version 0.0.</summary>
    /// <exception cref="NotStartedException">It is not there or no program.</exception>
    public QemuVersion AskVersion()
    {
        (int read, int write) = Descriptors.NewPipe();
        ChildProcess? child = ChildProcess.Start([name, "--version"], [], write, write, out int error);
        _ = close(write);
        if (child is null)
            throw new NotStartedException(name, error);
        string said = Descriptors.ReadText(read);
        _ = close(read);
        int status = child.Wait();
        if (status is NothingToExecute or NotFound)
            throw new NotStartedException(name, status, said);
        return QemuVersion.Parse(said);
    }

    /// <summary>Finds what would keep it from being started, and does not start it.</summary>
    /// <exception cref="NotStartedException">It is not there or no program.</exception>
    public void Require()
    {
        if (new ProgramFile(ByteWords.ToText(name)).FindError() is not 0 and var error)
            throw new NotStartedException(name, error);
    }

    /// <summary>This process becomes QEMU and does not return.</summary>
    /// <param name="words">Its command line.</param>
    /// <param name="descriptors">What it gets besides all that this process was given.</param>
    /// <exception cref="NotStartedException">It is not there or no program.</exception>
    public static void Become(IReadOnlyList<string> words, IEnumerable<int> descriptors)
    {
        foreach (int descriptor in descriptors)
            Descriptors.KeepOnExec(descriptor);
        RuntimeTraces.Remove();
        using var arguments = new CWords(words);
        _ = execvp(arguments.Pointer[0], arguments.Pointer);
        throw new NotStartedException(words[0], errno);
    }
}

/// <summary>A program could not be started.</summary>
internal sealed class NotStartedException : Exception
{
    /// <param name="name">The program.</param>
    /// <param name="error">Why, as an error number.</param>
    public NotStartedException(string name, int error)
        : base(Explain(name, error))
    {
        // As shells do.
        ExitStatus = error == ENOENT ? 127 : 126;
    }

    /// <param name="name">The program.</param>
    /// <param name="exitStatus">With which it, or what was to find its interpreter, ended.</param>
    /// <param name="said">What it said.</param>
    public NotStartedException(string name, int exitStatus, string said)
        : base($"{ByteWords.ToText(name)} --version ends with status {exitStatus}{(said.Trim() is { Length: > 0 } text ? $": {text}" : "")}\nSomething that it needs is missing: install that, or name another QEMU.") =>
        ExitStatus = exitStatus;

    /// <summary>127 when there is no such program, 126 when it cannot be executed.</summary>
    public int ExitStatus { get; }

    private static string Explain(string name, int error)
    {
        (string problem, string remedy) = new ProgramFile(ByteWords.ToText(name)).Explain(error);
        return $"{problem}\n{remedy}";
    }
}
