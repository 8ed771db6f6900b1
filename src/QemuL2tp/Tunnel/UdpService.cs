using System.Buffers.Binary;
using QemuL2tp.Linux;
using QemuL2tp.Options;
using static QemuL2tp.Linux.Glibc;
using static Tmds.Linux.LibC;

namespace QemuL2tp.Tunnel;

/// <summary>The names of UDP services (services(5)).</summary>
internal static class UdpService
{
    /// <param name="text">A number, or the name of a service, of which there may be several.</param>
    /// <returns>The port; null: it is neither.</returns>
    public static ushort? FindPort(string text)
    {
        if (UdpPort.TryParse(text, out ushort port, out _))
            return port;
        byte[][] found = getaddrinfo(null, text, new addrinfo { ai_flags = AI_PASSIVE, ai_family = AF_INET, ai_socktype = SOCK_DGRAM }, out _);
        // The port of a sockaddr is behind its family.
        return found.Length == 0 ? null : BinaryPrimitives.ReadUInt16BigEndian(found[0].AsSpan(sizeof(ushort)));
    }
}
