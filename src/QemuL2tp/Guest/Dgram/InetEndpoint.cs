using QemuL2tp.Datagrams;
using QemuL2tp.Frames;
using QemuL2tp.Options;
using static Tmds.Linux.LibC;

namespace QemuL2tp.Guest.Dgram;

/// <summary>UDP between two IPv4 addresses. The socket is not connected, so that our own address stays as the user has it.</summary>
internal sealed class InetEndpoint : DgramEndpoint
{
    private readonly NetworkErrors _errors;

    private InetEndpoint(int descriptor, SocketAddress qemu)
    {
        Receiver = descriptor;
        Destination = qemu;
        Peer = qemu;
        _errors = new NetworkErrors(new ErrorQueue(descriptor, qemu, Counters));
    }

    public static InetEndpoint Open(InetFrontendAddress local, InetFrontendAddress remote, string name, IEventLog log)
    {
        using SocketAddress ours = InetSocket.Resolve("local", local, "0.0.0.0");
        // Sending to any address means this host, and then datagrams come from its loopback address.
        SocketAddress qemu = InetSocket.Resolve("remote", remote, "127.0.0.1");
        int descriptor = DgramSocket.Create(AF_INET);
        try
        {
            if (qemu.IsMulticast)
                throw new UserErrorException($"{remote.Host} is a multicast group", "Write its address instead of its name.") { Option = "remote.host", Value = remote.Host };
            InetSocket.Bind(descriptor, ours, "local", local);
            InetSocket.SetOptions(descriptor);
            return new InetEndpoint(descriptor, qemu) { Sender = DatagramSocket.Duplicate(descriptor), Presence = new QemuPresence(name, qemu.ToString(), log) };
        }
        catch
        {
            _ = close(descriptor);
            qemu.Dispose();
            throw;
        }
    }

    public override bool IsOver(int error)
    {
        long refused = Counters.PeerRefused;
        bool isOver = _errors.IsOver(error);
        Compare(refused);
        return isOver;
    }

    public override void TakeErrors()
    {
        long refused = Counters.PeerRefused;
        base.TakeErrors();
        Compare(refused);
    }

    /// <summary>A datagram that was refused tells that QEMU is not there.</summary>
    private void Compare(long refusedBefore)
    {
        if (Counters.PeerRefused != refusedBefore)
            Presence.Lost();
    }
}
