namespace QemuL2tp.Tests.TestSupport.Packets;

/// <summary>One frame of each shape that headers may have.</summary>
internal static class FrameShapes
{
    /// <summary>Two NOPs and a timestamp (RFC 7323).</summary>
    private static readonly byte[] s_timestamp = [1, 1, 8, 10, 0, 0, 1, 2, 0, 0, 3, 4];

    private static readonly byte[] s_hopByHop = [0, 0, 5, 2, 0, 0, 1, 0];
    private static readonly byte[] s_destinationOptions = [0, 1, 1, 12, .. new byte[12]];
    private static readonly byte[] s_address = [0xfd, 0, .. new byte[13], 0x77];

    /// <summary>Type 2 with one segment left: the pseudo header has the address in it.</summary>
    private static readonly byte[] s_routing = [0, 2, 2, 1, 0, 0, 0, 0, .. s_address];

    /// <summary>RFC 8754: the last segment comes first.</summary>
    private static readonly byte[] s_segmentRouting = [0, 4, 4, 1, 1, 0, 0, 0, .. s_address, 0xfd, .. new byte[15]];

    /// <summary>Without payload.</summary>
    public static IReadOnlyList<(string Name, FrameSpec Frame)> All { get; } =
    [
        ("TCP over IPv4", new()),
        ("TCP over IPv4 with timestamps", new() { TcpOptions = s_timestamp }),
        ("TCP over IPv4 with the longest headers", new() { IPOptions = Options(40), TcpOptions = Options(40), Tags = [0x88a8, 0x8100] }),
        ("TCP over IPv4 with a VLAN tag", new() { Tags = [0x8100], TcpOptions = s_timestamp }),
        ("UDP over IPv4", new() { IsUdp = true }),
        ("UDP over IPv4 with QinQ and IP options", new() { IsUdp = true, IPOptions = Options(8), Tags = [0x88a8, 0x8100] }),
        ("TCP over IPv6", new() { IsIPv6 = true }),
        ("TCP over IPv6 with timestamps and QinQ", new() { IsIPv6 = true, TcpOptions = s_timestamp, Tags = [0x88a8, 0x8100] }),
        ("TCP over IPv6 with extension headers", new() { IsIPv6 = true, Extensions = [(0, s_hopByHop), (60, s_destinationOptions)] }),
        ("TCP over IPv6 with a routing header", new() { IsIPv6 = true, Extensions = [(43, s_routing)], FinalDestination = s_address }),
        ("TCP over IPv6 with a segment routing header", new() { IsIPv6 = true, Extensions = [(43, s_segmentRouting)], FinalDestination = s_address }),
        ("UDP over IPv6", new() { IsUdp = true, IsIPv6 = true }),
        ("UDP over IPv6 with extension headers and a VLAN tag", new() { IsUdp = true, IsIPv6 = true, Extensions = [(60, s_destinationOptions)], Tags = [0x8100] }),
    ];

    private static byte[] Options(int length) => [.. Enumerable.Repeat((byte)1, length)];
}
