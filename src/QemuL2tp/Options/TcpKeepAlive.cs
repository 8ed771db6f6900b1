namespace QemuL2tp.Options;

/// <summary>
/// How a TCP connection finds out that the machine at its other end is gone: <c>keep-alive</c> and its companions of QEMU's
/// InetSocketAddress (qapi/sockets.json), which tcp(7) explains.
/// </summary>
/// <param name="Enabled"><c>keep-alive</c>.</param>
/// <param name="IdleSeconds"><c>keep-alive-idle</c>: silence before the first probe, 1 to 32767.</param>
/// <param name="IntervalSeconds"><c>keep-alive-interval</c>: from one probe to the next, 1 to 32767.</param>
/// <param name="Count"><c>keep-alive-count</c>: unanswered probes that end the connection, 1 to 127.</param>
public readonly record struct TcpKeepAlive(bool Enabled, int IdleSeconds, int IntervalSeconds, int Count)
{
    /// <summary>Where nothing is said.</summary>
    public static TcpKeepAlive Default { get; } = new(true, 15, 5, 3);

    /// <summary>Silence in seconds that ends a connection: 30 where nothing is said.</summary>
    internal int PatienceSeconds => IdleSeconds + (IntervalSeconds * Count);
}
