using System.Net;
using QemuL2tp.Integration.Relay;

namespace QemuL2tp.Integration.Peers;

internal static class RelayedWire
{
    /// <summary>Puts a relay between a qemu-l2tp for <see cref="Wire.BehindRelay"/> and the far end of the wire.</summary>
    public static UdpRelay Open(Wire wire, int seed)
    {
        Wire near = wire.BehindRelay;
        return new UdpRelay(
            near: EndPoint(near.Local, near.LocalPort),
            nearRelay: EndPoint(near.Remote, near.RemotePort),
            farRelay: EndPoint(wire.Local, wire.LocalPort),
            far: EndPoint(wire.Remote, wire.RemotePort),
            seed);
    }

    private static IPEndPoint EndPoint(string address, int port) => new(IPAddress.Parse(address), port);
}
