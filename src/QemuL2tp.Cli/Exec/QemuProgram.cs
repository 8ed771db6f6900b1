using System.Runtime.InteropServices;
using QemuL2tp.QemuCommandLine;
using static QemuL2tp.Linux.Glibc;
using static Tmds.Linux.LibC;

namespace QemuL2tp.Cli.Exec;

/// <summary>The QEMU that the user names, as execvp finds it.</summary>
/// <param name="name">A path, or a name to be looked for in PATH.</param>
internal sealed unsafe class QemuProgram(string name)
{
    /// <summary>Asks it. One that does not say, such as a script of the user's, has version 0.0.</summary>
    /// <exception cref="NotStartedException">It is not there or no program.</exception>
    public QemuVersion AskVersion()
    {
        (int read, int write) = Descriptors.NewPipe();
        ChildProcess? child = ChildProcess.Start([name, "--version"], [], write, null, out int error);
        _ = close(write);
        if (child is null)
            throw new NotStartedException(name, error);
        var version = QemuVersion.Parse(Descriptors.ReadText(read));
        _ = close(read);
        child.Wait();
        return version;
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
internal sealed class NotStartedException(string name, int error) : Exception($"{ByteWords.ToText(name)}: {Marshal.GetPInvokeErrorMessage(error)}")
{
    /// <summary>As shells do: 127 when there is no such program, 126 when it cannot be executed.</summary>
    public int ExitStatus { get; } = error == ENOENT ? 127 : 126;
}
