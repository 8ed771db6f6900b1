using QemuL2tp.Datagrams;
using QemuL2tp.Frames;
using QemuL2tp.Options;
using static Tmds.Linux.LibC;

namespace QemuL2tp.Guest.Dgram;

/// <summary>The sockets of a dgram front end: where QEMU's datagrams come to, where ours leave from, and what the errors of both mean.</summary>
internal abstract class DgramEndpoint : ISendErrors, IDisposable
{
    /// <summary>What QEMU's datagrams come to. Non-blocking.</summary>
    public int Receiver { get; protected init; } = -1;

    /// <summary>What ours leave from: another socket, or a descriptor of its own for the same. Non-blocking.</summary>
    public int Sender { get; protected init; } = -1;

    /// <summary>Where ours go to; null: the sender is connected.</summary>
    public SocketAddress? Destination { get; protected init; }

    /// <summary>Where datagrams are taken from; null: from everybody who can send here.</summary>
    public SocketAddress? Peer { get; protected init; }

    /// <summary>Where our own come from, if they come back to us.</summary>
    public SocketAddress? Own { get; protected init; }

    public required QemuPresence Presence { get; init; }

    public DatagramCounters Counters { get; } = new();

    /// <summary>Those of the receiver, for the thread of the source.</summary>
    public ErrorQueue Errors => field ??= new ErrorQueue(Receiver, Destination, Counters);

    /// <summary>Whether a front end is one for datagrams; of an inherited socket its type decides, as in QEMU.</summary>
    public static bool IsFor(FrontendOptions options) => options switch
    {
        { HasConnection: false } or { Kind: FrontendKind.Dgram } => true,
        { Kind: FrontendKind.Socket, Address: FdFrontendAddress fd } => DatagramSocket.Get(fd.Descriptor, SO_TYPE) == SOCK_DGRAM,
        _ => false,
    };

    /// <exception cref="UserErrorException">An address cannot be used.</exception>
    public static DgramEndpoint Open(FrontendOptions options, string name, IEventLog log) => options.Address switch
    {
        DatagramFrontendAddress { Local: UnixFrontendAddress local, Remote: UnixFrontendAddress remote } => UnixEndpoint.Open(local, remote, name, log),
        DatagramFrontendAddress { Local: InetFrontendAddress local, Remote: InetFrontendAddress remote } => InetEndpoint.Open(local, remote, name, log),
        MulticastFrontendAddress multicast => MulticastEndpoint.Open(multicast, name, log),
        FdFrontendAddress fd => InheritedEndpoint.Open(fd.Descriptor, name, log),
        _ => throw new ArgumentOutOfRangeException(nameof(options), options.Address, "unknown kind of address"),
    };

    /// <summary>Before a batch is sent: whether QEMU may be there. False: nothing can be sent now.</summary>
    public virtual bool TryReach() => true;

    public virtual bool MeansFull(int error) => error == EAGAIN;

    public abstract bool IsOver(int error);

    /// <summary>The receiver has an error to tell. On the thread of the source.</summary>
    public virtual void TakeErrors() => Errors.Take();

    /// <summary>A frame came from QEMU. On the thread of the source.</summary>
    public virtual void OnHeard() => Presence.Found();

    public FrameVerdict VerdictOf(int error) => error switch
    {
        _ when error == EMSGSIZE => FrameVerdict.MessageTooBig,
        _ when error == EPERM || error == EACCES => FrameVerdict.SendForbidden,
        _ when error == ENOBUFS || error == ENOMEM => FrameVerdict.SendQueueFull,
        _ when IsAbsence(error) => FrameVerdict.GuestNotConnected,
        _ => FrameVerdict.SendFailed,
    };

    /// <summary>Nobody is there to receive.</summary>
    private static bool IsAbsence(int error) =>
        error == ECONNREFUSED || error == ECONNRESET || error == ENOTCONN || error == ENOENT || error == EPIPE || error == EPROTOTYPE
        || error == EHOSTUNREACH || error == ENETUNREACH || error == EHOSTDOWN || error == ENETDOWN;

    public virtual void Dispose()
    {
        if (Sender >= 0)
            _ = close(Sender);
        if (Receiver >= 0)
            _ = close(Receiver);
        if (Destination != Peer)
            Destination?.Dispose();
        Peer?.Dispose();
        Own?.Dispose();
    }
}
