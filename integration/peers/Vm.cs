using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace QemuL2tp.Integration.Peers;

/// <summary>
/// A virtual machine with the harness's initramfs. <see cref="Run"/> hands shell text to the agent inside
/// (<c>peers/agent.c</c>) over a virtio serial port.
/// </summary>
internal sealed class Vm : IDisposable
{
    public const int MemoryBytes = 256 << 20;

    private static readonly TimeSpan s_bootPatience = TimeSpan.FromMinutes(10);
    private readonly Lock _gate = new();
    private readonly string _agentPath;
    private readonly string _qmpPath;
    private readonly Child _qemu;
    private Socket? _agent;
    private Qmp? _qmp;
    private int _commands;
    private bool _booted;

    /// <param name="name">For logs and paths.</param>
    /// <param name="qemu">The QEMU to run.</param>
    /// <param name="options">The network, and what else QEMU is told.</param>
    /// <param name="networkNamespace">Where its QEMU runs; null is this process's own.</param>
    /// <param name="prefix">Words in front of its command line, such as a program that starts it.</param>
    public Vm(string name, string qemu, IEnumerable<string> options, string? networkNamespace = null, IReadOnlyList<string>? prefix = null)
    {
        Name = name;
        _agentPath = Path.Combine(Settings.RunDirectory, name + ".agent");
        _qmpPath = Path.Combine(Settings.RunDirectory, name + ".qmp");
        string serial = Path.Combine(Settings.Results, "logs", name + ".serial");
        Directory.CreateDirectory(Path.GetDirectoryName(serial)!);
        string[] command = [.. prefix ?? [], qemu];
        _qemu = Child.Start(
            name,
            command[0],
            [
                .. command[1..],
                "-accel", "tcg", "-m", $"size={MemoryBytes}B",
                // Memory that a vhost-user back end can share.
                "-object", $"memory-backend-memfd,id=mem,size={MemoryBytes}B,share=on", "-machine", "memory-backend=mem",
                "-nodefaults", "-no-user-config", "-display", "none",
                "-kernel", Settings.Kernel, "-initrd", Settings.Initramfs,
                "-append", "console=ttyS0 quiet mitigations=off panic=-1",
                "-serial", $"file:{serial}",
                "-device", "virtio-serial-pci,addr=0x1f",
                "-chardev", $"socket,id=agent,path={_agentPath},server=on,wait=off",
                "-device", "virtserialport,chardev=agent,name=agent",
                "-qmp", $"unix:{_qmpPath},server=on,wait=off",
                .. options,
            ],
            networkNamespace);
    }

    public string Name { get; }

    public string QemuErrors => _qemu.Error;

    public bool Running => _qemu.Running;

    /// <summary>Of its QEMU, when it has ended.</summary>
    public int ExitCode => _qemu.ExitCode;

    /// <summary>The process of its QEMU.</summary>
    public int ProcessId => _qemu.Id;

    /// <summary>QEMU's own control, connected when it is first used.</summary>
    public Qmp Qmp => _qmp ??= new Qmp(_qmpPath);

    /// <summary>A virtio NIC that the guest sees as <c>nicN</c>.</summary>
    /// <param name="position">Counts the NICs of this machine.</param>
    /// <param name="machine">Keeps the addresses of the machines apart.</param>
    /// <param name="number">The N of <c>nicN</c>.</param>
    /// <param name="netdev">The identifier of its back end.</param>
    /// <param name="properties">More properties of the device, each with a comma in front.</param>
    public static IEnumerable<string> Nic(int position, int machine, int number, string netdev, string properties = "") =>
    [
        "-device",
        // Eight functions in each slot, for a bus has only 32 slots.
        $"virtio-net-pci,netdev={netdev},mac=52:54:00:00:{machine:x2}:{number:x2},romfile=,vectors=0,"
        + $"addr=0x{4 + (position / 8):x}.{position % 8},multifunction=on{properties}",
    ];

    /// <summary>Waits until the agent answers.</summary>
    public void WaitForBoot()
    {
        lock (_gate)
        {
            if (!_booted)
            {
                Exchange("true", Until.Patience, s_bootPatience);
                _booted = true;
            }
        }
    }

    /// <summary>Reboots the guest; its QEMU goes on.</summary>
    public void Reboot()
    {
        string before = Run("cat /proc/sys/kernel/random/boot_id");
        Run("(sleep 0.3; reboot -f) >/dev/null 2>&1 &");
        lock (_gate)
        {
            _booted = false;
            // The next answer may still come from the old system.
            Until.True(() => BootId() is { } now && now != before, s_bootPatience, () => $"{Name} rebooted");
            _booted = true;
        }
    }

    /// <summary>Runs shell text inside and answers its output; throws unless its status is 0.</summary>
    public string Run(string text, int seconds = 300)
    {
        (int status, string output) = Try(text, seconds);
        return status == 0
            ? output
            : throw new InvalidOperationException($"`{Short(text)}` ended with status {status} in {Name}: {output}");
    }

    /// <summary>Runs shell text inside, whatever its status.</summary>
    public (int Status, string Output) Try(string text, int seconds = 300)
    {
        WaitForBoot();
        lock (_gate)
        {
            return Exchange(text, TimeSpan.FromSeconds(seconds), TimeSpan.FromSeconds(seconds + 15));
        }
    }

    /// <summary>Runs lines of the <c>ip</c> program inside, all in one process.</summary>
    public void Batch(IEnumerable<string> lines)
    {
        string[] all = [.. lines];
        (int status, string output) = Try($"ip -batch - <<'END'\n{string.Join('\n', all)}\nEND");
        if (status != 0)
        {
            // It names the line that failed: "Command failed -:46".
            string number = output[(output.LastIndexOf(':') + 1)..].Trim();
            string line = int.TryParse(number, out int n) && n <= all.Length ? all[n - 1] : "?";
            throw new InvalidOperationException($"`ip {line}` failed in {Name}: {output}");
        }
    }

    public void Kill() => _qemu.Kill();

    public void Dispose()
    {
        _agent?.Dispose();
        _qmp?.Dispose();
        _qemu.Dispose();
        File.Delete(_agentPath);
        File.Delete(_qmpPath);
    }

    private static string Short(string text) => text.Length > 200 ? text[..200] + "…" : text;

    private string? BootId()
    {
        try
        {
            // Clock: what is lost is asked again, and what comes later than that is passed over.
            return Exchange("cat /proc/sys/kernel/random/boot_id", TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(10)).Output;
        }
        catch (TimeoutException)
        {
            return null; // the command was lost in the reset
        }
    }

    private (int Status, string Output) Exchange(string text, TimeSpan limit, TimeSpan patience)
    {
        Socket agent = _agent ??= Connect();
        string id = (++_commands).ToString(CultureInfo.InvariantCulture);
        string payload = Convert.ToBase64String(Encoding.UTF8.GetBytes(text));
        agent.ReceiveTimeout = (int)patience.TotalMilliseconds;
        try
        {
            agent.Send(Encoding.ASCII.GetBytes($"{id} {limit.TotalSeconds:0} {payload}\n"));
            while (true)
            {
                string[] header = ReadLine(agent).Split(' ');
                string output = Encoding.UTF8.GetString(Read(agent, int.Parse(header[2], CultureInfo.InvariantCulture)));
                // Answers to commands that were given up on are passed over.
                if (header[0] == id)
                {
                    return (int.Parse(header[1], CultureInfo.InvariantCulture), output);
                }
            }
        }
        catch (SocketException error)
        {
            throw new TimeoutException($"{Name} did not answer to `{Short(text)}` within {patience.TotalSeconds:0} s. QEMU: {_qemu.Error}", error);
        }
    }

    private Socket Connect()
    {
        Socket? agent = null;
        // The path is there a moment before QEMU listens on it.
        Until.True(
            () => (agent = TryConnect()) is not null || !_qemu.Running,
            () => $"the QEMU of {Name} listens on the agent's socket");
        return agent ?? throw new InvalidOperationException($"the QEMU of {Name} ended: {_qemu.Error}");
    }

    private Socket? TryConnect()
    {
        var agent = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            agent.Connect(new UnixDomainSocketEndPoint(_agentPath));
            return agent;
        }
        catch (SocketException)
        {
            agent.Dispose();
            return null;
        }
    }

    private static string ReadLine(Socket agent)
    {
        var line = new StringBuilder();
        while (Read(agent, 1)[0] is var one && one != '\n')
        {
            line.Append((char)one);
        }

        return line.ToString();
    }

    private static byte[] Read(Socket agent, int count)
    {
        byte[] bytes = new byte[count];
        for (int have = 0; have < count;)
        {
            int got = agent.Receive(bytes, have, count - have, SocketFlags.None);
            have += got > 0 ? got : throw new SocketException((int)SocketError.ConnectionReset);
        }

        return bytes;
    }
}
