using QemuL2tp.Datagrams;
using QemuL2tp.Frames;
using QemuL2tp.Options;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace QemuL2tp.Guest.Dgram;

/// <summary>
/// An IPv4 multicast group, which is a hub: everybody in it is a peer, and hears itself too. QEMUs send from the port of the
/// group, all those on a host from one address and port. We send from a port that nobody else has, and so know our own
/// datagrams when they come back: a frame out of the tunnel must not go into it again.
/// </summary>
internal sealed unsafe class MulticastEndpoint : DgramEndpoint
{
    private readonly NetworkErrors _errors;

    private MulticastEndpoint(int sender)
    {
        Sender = sender;
        Own = SocketAddress.Of(sender);
        _errors = new NetworkErrors(new ErrorQueue(sender, null, Counters));
    }

    public static MulticastEndpoint Open(MulticastFrontendAddress address, string name, IEventLog log)
    {
        using SocketAddress group = InetSocket.Resolve("remote", address.Group, "0.0.0.0");
        using SocketAddress? local = address.LocalHost is null ? null : InetSocket.Resolve("local", new InetFrontendAddress(address.LocalHost, address.Group.Port), "0.0.0.0");
        int receiver = DgramSocket.Create(AF_INET);
        int sender = -1;
        try
        {
            sender = DgramSocket.Create(AF_INET);
            Join(receiver, group, local, address);
            Connect(sender, group, local, address);
            return new MulticastEndpoint(sender) { Receiver = receiver, Presence = new QemuPresence(name, group.ToString(), log) };
        }
        catch
        {
            _ = close(receiver);
            _ = close(sender);
            throw;
        }
    }

    public override bool IsOver(int error) => _errors.IsOver(error);

    private static void Join(int receiver, SocketAddress group, SocketAddress? local, MulticastFrontendAddress written)
    {
        // Everybody on this host who is in the group has the same address and port.
        DatagramSocket.TrySet(receiver, SOL_SOCKET, SO_REUSEADDR, 1);
        InetSocket.Bind(receiver, group, "remote", written.Group);
        InetSocket.SetOptions(receiver);
        var membership = new ip_mreq { imr_multiaddr = AddressOf(group), imr_interface = local is null ? default : AddressOf(local) };
        if (setsockopt(receiver, IPPROTO_IP, IP_ADD_MEMBERSHIP, &membership, sizeof(ip_mreq)) != 0)
            throw NoInterface($"can't add socket to multicast group {InetSocket.HostOf(group)}", errno, written);
    }

    private static void Connect(int sender, SocketAddress group, SocketAddress? local, MulticastFrontendAddress written)
    {
        DatagramSocket.EnlargeBuffers(sender);
        DatagramSocket.TrySet(sender, IPPROTO_IP, IP_RECVERR, 1);
        // A QEMU on this host hears us by this only. It is the default.
        DatagramSocket.TrySet(sender, IPPROTO_IP, IP_MULTICAST_LOOP, 1);
        in_addr address = local is null ? default : AddressOf(local);
        if (local is not null && setsockopt(sender, IPPROTO_IP, IP_MULTICAST_IF, &address, sizeof(in_addr)) != 0)
            throw NoInterface("can't set the default network send interface", errno, written);
        if (connect(sender, group.Pointer, group.Length) != 0)
            throw NoInterface($"can't send to multicast group {InetSocket.HostOf(group)}", errno, written);
    }

    private static in_addr AddressOf(SocketAddress address) => ((sockaddr_in*)address.Pointer)->sin_addr;

    private static UserErrorException NoInterface(string what, int error, MulticastFrontendAddress written) => new(
        $"{what}: {DgramSocket.ErrorText(error)}",
        "name an interface by an address of its own (local.type=inet,local.host=ADDRESS or localaddr=ADDRESS), or add a route for 224.0.0.0/4")
    {
        Option = written.LocalHost is null ? "remote.host" : "local.host",
        Value = written.LocalHost ?? written.Group.Host,
    };
}
