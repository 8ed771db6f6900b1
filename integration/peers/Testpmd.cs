using System.Globalization;
using System.Text.RegularExpressions;

namespace QemuL2tp.Integration.Peers;

/// <summary>DPDK's testpmd with one virtio-user port: a vhost-user front end and a driver in one process, without QEMU.</summary>
internal sealed partial class Testpmd : IDisposable
{
    /// <summary>Entries of each of its rings.</summary>
    public const int RingSize = 256;

    private readonly Child _process;
    private readonly FileStream _commands;

    /// <param name="name">For logs and paths.</param>
    /// <param name="path">The socket.</param>
    /// <param name="isPacked">Packed rings instead of split ones.</param>
    /// <param name="listens">It listens, and goes on when the back end comes back.</param>
    /// <param name="segments">Bytes of each segment of the frames it makes; more than one make an indirect table.</param>
    public Testpmd(string name, string path, bool isPacked, bool listens, params IReadOnlyList<int> segments)
    {
        string processors = $"(0-{Environment.ProcessorCount - 1})";
        string input = Path.Combine(Settings.RunDirectory, $"{name}-{Guid.NewGuid():N}.commands");
        Child.Shell($"mkfifo {input}");
        // One that was killed, or a back end, may have left it, and DPDK does not replace it.
        if (listens)
            File.Delete(path);
        _commands = new FileStream(input, FileMode.Open, FileAccess.ReadWrite);
        _process = Child.Start(
            name,
            "bash",
            [
                "-c", "exec \"$@\" <$0", input, Settings.Testpmd,
                "--lcores", $"0@{processors},1@{processors}",
                // Memory of a memfd, so that it needs no huge pages.
                "--no-huge", "-m", "128", "--no-pci", "--no-telemetry", "--no-shconf",
                "--vdev", $"net_virtio_user0,path={path},queues=1,queue_size={RingSize},packed_vq={(isPacked ? 1 : 0)},server={(listens ? 1 : 0)}",
                "--",
                "--interactive", "--total-num-mbufs=4096", "--no-flush-rx", $"--txpkts={string.Join(',', segments)}",
            ]);
    }

    /// <summary>Frames that it has put into its transmit ring. Those that found the ring full are not among them.</summary>
    public long Sent => long.Parse(Ask("show port stats 0", Transmitted()).Groups[1].ValueSpan, CultureInfo.InvariantCulture);

    /// <summary>Makes frames, as fast as the ring takes them, until it is stopped.</summary>
    public void Generate() => Start("txonly");

    /// <summary>Sends back each frame that it receives, until it is stopped.</summary>
    public void TurnAround() => Start("io");

    public void Stop() => Ask("stop", Stopped());

    /// <summary>Ends it in order.</summary>
    public void Quit()
    {
        Write("quit");
        Assert.That(_process.WaitForExit(), "testpmd ends");
    }

    /// <summary>With SIGKILL.</summary>
    public void Kill() => _process.Kill();

    public void Dispose()
    {
        _process.Dispose();
        _commands.Dispose();
    }

    private void Start(string mode)
    {
        _ = Ask($"set fwd {mode}", ModeSet());
        _ = Ask("start", Started());
    }

    private Match Ask(string command, Regex answer)
    {
        int before = _process.Output.Length;
        Write(command);
        Match match = Match.Empty;
        Until.True(
            () => (match = answer.Match(_process.Output, before)).Success || !_process.Running,
            () => $"testpmd answers \"{command}\": {_process.Output[before..]}{_process.Error}");
        return match.Success ? match : throw new InvalidOperationException($"testpmd ended with status {_process.ExitCode}: {_process.Output}{_process.Error}");
    }

    private void Write(string command)
    {
        _commands.Write([.. command.Select(letter => (byte)letter), (byte)'\n']);
        _commands.Flush();
    }

    [GeneratedRegex("Set [a-z]+ packet forwarding mode\n")]
    private static partial Regex ModeSet();

    [GeneratedRegex("packet forwarding - ports=1 .*\n")]
    private static partial Regex Started();

    [GeneratedRegex(@"(?s)Accumulated forward statistics.*\nDone\.")]
    private static partial Regex Stopped();

    [GeneratedRegex(@"TX-packets: (\d+)")]
    private static partial Regex Transmitted();
}
