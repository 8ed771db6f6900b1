namespace QemuL2tp.Options;

/// <summary>Reads <c>keep-alive</c> and its companions, with the limits of the kernel and QEMU's words for what it refuses (util/qemu-sockets.c).</summary>
internal static class KeepAliveOptions
{
    private const uint MostSeconds = 32767; // MAX_TCP_KEEPIDLE and MAX_TCP_KEEPINTVL, <net/tcp.h> of the kernel
    private const uint MostProbes = 127; // MAX_TCP_KEEPCNT

    /// <summary>The names with their help.</summary>
    /// <param name="prefix">What stands before them, such as <c>addr.</c></param>
    public static IEnumerable<KeyValuePair<string, string>> Help(string prefix) =>
    [
        KeyValuePair.Create(prefix + "keep-alive", "off: a TCP connection whose other machine is gone stays until the kernel gives up; on is the default"),
        KeyValuePair.Create(prefix + "keep-alive-idle", "seconds of silence before the first probe (15)"),
        KeyValuePair.Create(prefix + "keep-alive-interval", "seconds from one probe to the next (5)"),
        KeyValuePair.Create(prefix + "keep-alive-count", "so many unanswered probes end the connection (3)"),
    ];

    public static TcpKeepAlive Read(TreeReader reader)
    {
        TcpKeepAlive absent = TcpKeepAlive.Default;
        return new TcpKeepAlive(
            !reader.Has("keep-alive") || reader.ReadBoolean("keep-alive"),
            Read(reader, "idle", MostSeconds, absent.IdleSeconds),
            Read(reader, "interval", MostSeconds, absent.IntervalSeconds),
            Read(reader, "count", MostProbes, absent.Count));
    }

    /// <summary>As in QEMU, 0 leaves what there is without it.</summary>
    private static int Read(TreeReader reader, string member, uint most, int absent)
    {
        string name = $"keep-alive-{member}";
        uint value = reader.Has(name) ? reader.ReadUInt32(name) : 0;
        if (value > most)
        {
            throw reader.Error(
                name,
                $"Unable to set TCP keep-alive {member} option on socket: Invalid argument",
                $"'{reader.FullName(name)}={reader.Written(name)}' is out of range: write a number from 1 to {most}, or leave it out for {absent}.");
        }

        return value == 0 ? absent : (int)value;
    }
}
