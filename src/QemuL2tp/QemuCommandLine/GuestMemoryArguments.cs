using QemuL2tp.Options;

namespace QemuL2tp.QemuCommandLine;

/// <summary>What a QEMU command line says about the guest's memory, which vhost-user needs to be shared.</summary>
/// <param name="words">The command line, program first.</param>
internal sealed class GuestMemoryArguments(IReadOnlyList<string> words)
{
    private const string OwnId = "qemu-l2tp-memory";

    private readonly Dictionary<string, bool> _isShared = Backends(words);

    /// <summary>Whether all of it is shared as it stands.</summary>
    public bool IsShared => Main is { Count: > 0 } main && main.Concat(OfDevices).All(id => _isShared.GetValueOrDefault(id));

    private List<string> Main => MachineBackend is { } id
        ? [id]
        : [.. QemuOptions.Values(words, "type", "numa").Select(node => node.GetValueOrDefault("memdev")).OfType<string>()];

    private string? MachineBackend => QemuOptions.Values(words, "type", "machine", "M")
        .Select(machine => machine.GetValueOrDefault("memory-backend")).LastOrDefault(id => id is not null);

    /// <summary>Memory on the bus of its own devices, such as pc-dimm.</summary>
    private IEnumerable<string> OfDevices => QemuOptions.Values(words, "driver", "device").Select(device => device.GetValueOrDefault("memdev")).OfType<string>();

    /// <summary>The words that make the guest's memory shared; none when it is.</summary>
    /// <exception cref="UserErrorException">The command line says something about its memory that adding does not change.</exception>
    public string[] Share()
    {
        if (IsShared)
            return [];
        if (Main.Concat(OfDevices).FirstOrDefault(id => !_isShared.GetValueOrDefault(id)) is { } own)
        {
            throw new UserErrorException(
                $"--frontend vhost-user: the guest's memory '{own}' is not shared",
                $"Make it -object memory-backend-memfd,id={own},share=on,... or memory-backend-file with share=on, or leave out --frontend vhost-user.")
            {
                Option = "--frontend",
                Value = "vhost-user",
            };
        }

        if (QemuOptions.Values(words, "path", "mem-path").Any())
        {
            throw new UserErrorException(
                "--frontend vhost-user: -mem-path makes memory that is not shared",
                "Write -object memory-backend-file,id=mem,mem-path=PATH,size=SIZE,share=on -machine memory-backend=mem in its place.")
            {
                Option = "--frontend",
                Value = "vhost-user",
            };
        }

        return ["-object", $"memory-backend-memfd,id={OwnId},size={Size()},share=on", "-machine", $"memory-backend={OwnId}"];
    }

    /// <summary>That of <c>-m</c>, in MiB when it has no unit.</summary>
    private string Size()
    {
        string? size = QemuOptions.Values(words, "size", "m").Select(memory => memory.GetValueOrDefault("size")).LastOrDefault(text => text is not null);
        if (size is { Length: > 0 })
            return OptsTokenizer.Escape(char.IsAsciiDigit(size[^1]) ? size + "M" : size);
        // The machines of these all have the same.
        if (Path.GetFileName(words[0]) is "qemu-system-x86_64" or "qemu-system-i386" or "qemu-kvm")
            return "128M";
        throw new UserErrorException(
            "--frontend vhost-user: how much memory has the guest?", "Add -m SIZE to QEMU's command line: the size of the memory to share must be the same.")
        {
            Option = "--frontend",
            Value = "vhost-user",
        };
    }

    /// <summary>Whether each memory backend can be mapped by another process.</summary>
    private static Dictionary<string, bool> Backends(IReadOnlyList<string> words)
    {
        Dictionary<string, bool> backends = [];
        foreach (IReadOnlyDictionary<string, string> item in QemuOptions.Values(words, "qom-type", "object"))
        {
            // That of memfd is on unless said otherwise; memory-backend-ram has no descriptor to pass on.
            string? type = item.GetValueOrDefault("qom-type");
            string share = item.GetValueOrDefault("share", type is "memory-backend-memfd" or "memory-backend-shm" ? "on" : "off");
            if (item.TryGetValue("id", out string? id))
                backends[id] = type is "memory-backend-memfd" or "memory-backend-shm" or "memory-backend-file" && Numbers.TryParseBoolean(share, out bool on) && on;
        }

        return backends;
    }
}
