using QemuL2tp.Datagrams;
using QemuL2tp.Frames;
using QemuL2tp.Options;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace QemuL2tp.Guest.Dgram;

/// <summary>
/// A connected datagram socket that the parent process handed over, usually one end of a socket pair. The kernel tells of the
/// other end's close only whoever sends: then it is shut down here too, which the source sees.
/// </summary>
internal sealed unsafe class InheritedEndpoint : DgramEndpoint
{
    private readonly bool _isUnix;
    private readonly NetworkErrors _errors;

    private InheritedEndpoint(int descriptor, bool isUnix)
    {
        Receiver = descriptor;
        _isUnix = isUnix;
        _errors = new NetworkErrors(new ErrorQueue(descriptor, null, Counters));
    }

    public static InheritedEndpoint Open(int descriptor, string name, IEventLog log)
    {
        int type = DatagramSocket.Get(descriptor, SO_TYPE);
        if (type < 0)
            throw new UserErrorException($"file descriptor {descriptor} is not an open socket", "pass the number of a descriptor that the parent process opened and did not close on exec") { Option = "local.str", Value = FormattableString.Invariant($"{descriptor}") };
        if (type != SOCK_DGRAM)
            throw new UserErrorException($"file descriptor {descriptor} is not a datagram socket", "create it with SOCK_DGRAM, or use --frontend stream,addr.type=fd,… for a stream socket") { Option = "local.str", Value = FormattableString.Invariant($"{descriptor}") };
        sockaddr_storage peer;
        socklen_t length = sizeof(sockaddr_storage);
        if (getpeername(descriptor, (sockaddr*)&peer, &length) != 0)
            throw new UserErrorException($"file descriptor {descriptor} is not a connected socket", "create it with socketpair, or connect it to the address of QEMU's socket") { Option = "local.str", Value = FormattableString.Invariant($"{descriptor}") };
        _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL, 0) | O_NONBLOCK);
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC);
        bool isUnix = DatagramSocket.Get(descriptor, SO_DOMAIN) == AF_UNIX;
        DatagramSocket.EnlargeBuffers(descriptor);
        if (!isUnix)
            DatagramSocket.TrySet(descriptor, SOL_SOCKET, SO_RXQ_OVFL, 1);
        var presence = new QemuPresence(name, $"descriptor {descriptor}", log);
        presence.Found();
        return new InheritedEndpoint(descriptor, isUnix) { Sender = DatagramSocket.Duplicate(descriptor), Presence = presence };
    }

    public override bool MeansFull(int error) => error == EAGAIN || (_isUnix && error == ENOBUFS);

    public override bool IsOver(int error)
    {
        if (!_isUnix)
            return _errors.IsOver(error);
        if (error == ECONNREFUSED || error == ENOTCONN || error == ECONNRESET || error == EPIPE)
            _ = shutdown(Sender, SHUT_RDWR);
        return false;
    }
}
