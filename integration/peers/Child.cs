using System.Diagnostics;
using System.Text;

namespace QemuL2tp.Integration.Peers;

/// <summary>A process of this run: its output is kept for messages and written to the results.</summary>
internal sealed class Child : IDisposable
{
    private static readonly Lock s_gate = new();
    private static readonly List<Child> s_all = [];
    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly StringBuilder _error = new();
    private readonly StreamWriter _log;
    private readonly CountdownEvent _open = new(2);
    private bool _disposed;

    private Child(string name, ProcessStartInfo start)
    {
        Name = name;
        string logs = Path.Combine(Settings.Results, "logs");
        Directory.CreateDirectory(logs);
        _log = new StreamWriter(Path.Combine(logs, name + ".log"), append: true) { AutoFlush = true };
        _log.WriteLine($"# {start.FileName} {string.Join(' ', start.ArgumentList)}");
        _process = new Process { StartInfo = start };
        _process.OutputDataReceived += (_, line) => Keep(_output, line.Data);
        _process.ErrorDataReceived += (_, line) => Keep(_error, line.Data);
        _process.Start();
        _process.StandardInput.Close();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        lock (s_gate)
        {
            s_all.Add(this);
        }
    }

    public string Name { get; }

    public int Id => _process.Id;

    public bool Running => !_process.HasExited;

    public int ExitCode => _process.ExitCode;

    public string Output => Text(_output);

    public string Error => Text(_error);

    /// <summary>Starts a program, in another network namespace when one is named.</summary>
    public static Child Start(string name, string program, IEnumerable<string> arguments, string? networkNamespace = null)
    {
        List<string> line = [program, .. arguments];
        if (networkNamespace is not null)
        {
            line.InsertRange(0, ["ip", "netns", "exec", networkNamespace]);
        }

        var start = new ProcessStartInfo(line[0], line.Skip(1))
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        return new Child(name, start);
    }

    /// <summary>Runs shell text on the host to its end, which must come in so many minutes; anything but status 0 is an error.</summary>
    public static string Shell(string text, string? networkNamespace = null, int minutes = 2)
    {
        using Child child = Start("shell", "bash", ["-euc", text], networkNamespace);
        var patience = TimeSpan.FromMinutes(minutes);
        if (!child.WaitForExit(patience) || child.ExitCode != 0)
        {
            string how = child.Running ? $"did not end in {minutes} minutes" : $"ended with status {child.ExitCode}";
            throw new InvalidOperationException($"`{text}` {how} on the host: {child.Error}{child.Output}");
        }

        return child.Output;
    }

    public static void KillAll()
    {
        List<Child> children;
        lock (s_gate)
        {
            children = [.. s_all];
        }

        children.ForEach(child => child.Kill());
    }

    public void Signal(int number) => Signals.Send(Id, number);

    public void Kill()
    {
        if (Running)
        {
            _process.Kill();
            WaitForExit();
        }
    }

    /// <summary>Waits until a qemu-l2tp has printed what to tell QEMU, or has ended.</summary>
    public void UntilReady() =>
        Until.True(() => Output.Contains('\n', StringComparison.Ordinal) || !Running, () => $"{Name} is ready: {Error}");

    /// <summary>Waits for its end; false when that does not come.</summary>
    public bool WaitForExit() => WaitForExit(Until.Patience);

    /// <inheritdoc cref="WaitForExit()"/>
    public bool WaitForExit(TimeSpan patience)
    {
        if (!_process.WaitForExit(patience))
        {
            return false;
        }

        // The last lines of its output may be on their way. One of its own children may hold it open for ever.
        _ = _open.Wait(patience);
        return true;
    }

    public void Dispose()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        Kill();
        lock (s_gate)
        {
            s_all.Remove(this);
        }

        _process.Dispose();
        lock (_log)
        {
            _log.Dispose();
        }
    }

    private static string Text(StringBuilder builder)
    {
        lock (builder)
        {
            return builder.ToString();
        }
    }

    private void Keep(StringBuilder builder, string? line)
    {
        if (line is null)
        {
            _open.Signal();
            return;
        }

        lock (builder)
        {
            builder.Append(line).Append('\n');
        }

        lock (_log)
        {
            if (_log.BaseStream is not null)
            {
                _log.WriteLine(line);
            }
        }
    }
}
