using QemuL2tp.Datagrams;
using QemuL2tp.Frames;
using QemuL2tp.Options;
using static Tmds.Linux.LibC;

namespace QemuL2tp.Tunnel;

/// <summary>Finds out that <c>dst</c> is the broadcast address of a network of this host, to which nothing may be sent.</summary>
internal static unsafe class BroadcastPeer
{
    /// <summary>Tells it to a person; what is sent is counted as forbidden, as the kernel has it.</summary>
    public static void Warn(L2tpv3Options options, SocketAddress peer, IEventLog log)
    {
        // The option text tells the one that is every network's.
        if (peer.Pointer->sa_family != AF_INET || options.Destination == "255.255.255.255")
            return;
        int descriptor = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        if (descriptor < 0)
            return;
        // connect(2): EACCES without SO_BROADCAST. Sends nothing.
        bool isBroadcast = connect(descriptor, peer.Pointer, peer.Length) != 0 && errno == EACCES;
        _ = close(descriptor);
        if (isBroadcast)
            log.Write(EventLevel.Warning, $"{options.Id}: dst={options.Destination} is the broadcast address of a network here: a pseudowire has one peer: write the peer's own address");
    }
}
