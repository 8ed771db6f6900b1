using System.Text.Json;

namespace QemuL2tp.Integration.Peers;

/// <summary>QEMU's live migration, and what it says about it at the end.</summary>
internal static class Migration
{
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(10);

    /// <summary>The option of the QEMU that waits for the machine.</summary>
    public static IReadOnlyList<string> Incoming(string name) => ["-incoming", $"unix:{SocketOf(name)}"];

    /// <summary>Moves the machine to the QEMU of that name; answers its downtime and what was copied.</summary>
    public static string To(Vm source, string name)
    {
        Until.True(() => UnixListener.IsAt(SocketOf(name)), () => $"{name} waits for the machine");
        return Run(source, $"unix:{SocketOf(name)}");
    }

    /// <summary>Writes the machine to a file and stops it.</summary>
    public static string ToFile(Vm source, string path) => Run(source, $"exec:cat >{path}");

    /// <summary>True when the memory of two machines that stand still is the same; names the first page that is not.</summary>
    public static string? FirstDifference(Vm one, Vm other)
    {
        byte[][] memories = [.. new[] { one, other }.Select(Memory)];
        int at = memories[0].AsSpan().CommonPrefixLength(memories[1]);
        return at == memories[0].Length ? null : $"guest physical address 0x{at:x}";
    }

    private static string SocketOf(string name) => Path.Combine(Settings.RunDirectory, $"{name}.migrate");

    private static string Run(Vm source, string uri)
    {
        source.Qmp.Execute("migrate", new { uri });
        JsonElement state = default;
        Until.True(
            () => (state = source.Qmp.Execute("query-migrate")).GetProperty("status").GetString() is "completed" or "failed" or "cancelled",
            s_patience,
            "the migration ends");
        Assert.That(state.GetProperty("status").GetString(), Is.EqualTo("completed"), $"{state} {source.QemuErrors}");
        JsonElement ram = state.GetProperty("ram");
        return $"{state.GetProperty("total-time")} ms, downtime {state.GetProperty("downtime")} ms, {ram.GetProperty("transferred").GetInt64() >> 20} MiB, {ram.GetProperty("dirty-sync-count")} rounds";
    }

    private static byte[] Memory(Vm vm)
    {
        string path = Path.Combine(Settings.RunDirectory, $"{vm.Name}.memory");
        vm.Qmp.Execute("pmemsave", new { val = 0, size = Vm.MemoryBytes, filename = path });
        byte[] memory = File.ReadAllBytes(path);
        File.Delete(path);
        return memory;
    }
}
