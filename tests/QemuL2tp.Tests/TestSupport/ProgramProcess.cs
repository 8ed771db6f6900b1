using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;

namespace QemuL2tp.Tests.TestSupport;

/// <summary>A running <c>qemu-l2tp</c>, or a command that turns into it. Ended at disposal at the latest.</summary>
internal sealed partial class ProgramProcess : IDisposable
{
    public const int SigHangUp = 1;
    public const int SigInt = 2;
    public const int SigUsr1 = 10;
    public const int SigTerm = 15;

    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly StringBuilder _errors = new();

    /// <param name="command">The program first.</param>
    /// <param name="environment">Variables to set, or to take away (null).</param>
    public ProgramProcess(string[] command, IReadOnlyDictionary<string, string?> environment)
    {
        var start = new ProcessStartInfo(command[0], command[1..])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach ((string name, string? value) in environment)
            start.Environment[name] = value;
        _process = Process.Start(start)!;
        _process.StandardInput.Close();
        _process.OutputDataReceived += (_, e) => Keep(_output, e.Data);
        _process.ErrorDataReceived += (_, e) => Keep(_errors, e.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>The program that was built with these tests.</summary>
    public static string Path { get; } = System.IO.Path.Combine(Directory, "qemu-l2tp");

    /// <summary>Where the program was built. The copy beside the tests is instrumented when coverage is measured, and writes files then.</summary>
    public static string Directory => System.IO.Path.Combine(
        Repository.Root, "src", "QemuL2tp.Cli", "bin", new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name, new DirectoryInfo(AppContext.BaseDirectory).Name);

    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    public string Output => Text(_output);

    public string Errors => Text(_errors);

    /// <summary>Waits for something that the process does.</summary>
    public void Until(Func<bool> condition, string what) => TestSupport.Until.True(condition, () => $"{what}\n{Output}{Errors}");

    /// <summary>Asks for the statistics until they have this: a frame is counted when it has left, and may have been received before.</summary>
    public void UntilStatistics(Func<string, bool> condition, string what)
    {
        int asked = Errors.Length;
        Signal(SigUsr1);
        Until(
            () =>
            {
                string said = Errors[asked..];
                if (!said.Contains("QEMU connections: ", StringComparison.Ordinal) || !said.EndsWith('\n'))
                    return false;
                if (condition(said))
                    return true;
                asked = Errors.Length;
                Signal(SigUsr1);
                return false;
            },
            what);
    }

    /// <summary>Waits until it has printed what to tell QEMU for so many pseudowires.</summary>
    public ProgramProcess UntilReady(int pseudowires = 1)
    {
        Until(() => HasExited || Output.Count(c => c == '\n') >= pseudowires, "ready");
        Assert.That(HasExited, Is.False, Errors);
        return this;
    }

    public void Signal(int signal) => Signal(Id, signal);

    public static void Signal(int process, int signal) => Assert.That(kill(process, signal), Is.Zero);

    /// <returns>The exit status.</returns>
    public int WaitForExit()
    {
        Assert.That(_process.WaitForExit(TestSupport.Until.Patience), Is.True, $"does not end\n{Output}{Errors}");
        _process.WaitForExit(); // The remaining output too.
        return _process.ExitCode;
    }

    /// <summary>Asks it to end, as systemd does.</summary>
    /// <returns>The exit status.</returns>
    public int Terminate()
    {
        Signal(SigTerm);
        return WaitForExit();
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            _process.WaitForExit();
        }

        _process.Dispose();
    }

    private static void Keep(StringBuilder text, string? line)
    {
        if (line is null)
            return;
        lock (text)
            text.Append(line).Append('\n');
    }

    private static string Text(StringBuilder text)
    {
        lock (text)
            return text.ToString();
    }

    [LibraryImport("libc")]
    private static partial int kill(int process, int signal);
}
