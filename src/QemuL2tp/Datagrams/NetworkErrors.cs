using QemuL2tp.Frames;
using static Tmds.Linux.LibC;

namespace QemuL2tp.Datagrams;

/// <summary>Errors of sending into a network, which tells of some packets afterwards that they did not arrive (ICMP).</summary>
/// <param name="errors">Those of the socket, for the thread of the sink.</param>
internal sealed class NetworkErrors(ErrorQueue errors) : ISendErrors
{
    public bool MeansFull(int error) => error == EAGAIN;

    public bool IsOver(int error)
    {
        if (errors.Drain() > 0)
            return true;
        if (error is not (ECONNREFUSED or ENOPROTOOPT))
            return false;
        errors.CountPending(error);
        return true;
    }

    public FrameVerdict VerdictOf(int error) => error switch
    {
        EHOSTUNREACH or ENETUNREACH or ENETDOWN or EHOSTDOWN => FrameVerdict.Unreachable,
        // What kernels say when the device or the source address has gone.
        EADDRNOTAVAIL or EINVAL => FrameVerdict.Unreachable,
        EPERM or EACCES => FrameVerdict.SendForbidden,
        ENOBUFS or ENOMEM => FrameVerdict.SendQueueFull,
        EMSGSIZE => FrameVerdict.MessageTooBig,
        _ => FrameVerdict.SendFailed,
    };
}
