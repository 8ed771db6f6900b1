using QemuL2tp.Frames;
using static Tmds.Linux.LibC;

namespace QemuL2tp.Datagrams;

/// <summary>Errors of sending into a network, which tells of some packets afterwards that they did not arrive (ICMP).</summary>
/// <param name="descriptor">The socket.</param>
/// <param name="counters">Where such reports are counted.</param>
internal sealed class NetworkErrors(int descriptor, DatagramCounters counters) : ISendErrors
{
    public bool MeansFull(int error) => error == EAGAIN;

    public bool IsOver(int error)
    {
        if (ErrorQueue.Drain(descriptor, counters) > 0)
            return true;
        if (error is not (ECONNREFUSED or ENOPROTOOPT))
            return false;
        // No report: the receive buffer, which lends the error queue its room, is full.
        ErrorQueue.Count(error, counters);
        return true;
    }

    public FrameVerdict VerdictOf(int error) => error switch
    {
        EHOSTUNREACH or ENETUNREACH or ENETDOWN or EHOSTDOWN => FrameVerdict.Unreachable,
        EPERM or EACCES => FrameVerdict.SendForbidden,
        ENOBUFS or ENOMEM => FrameVerdict.SendQueueFull,
        EMSGSIZE => FrameVerdict.MessageTooBig,
        _ => FrameVerdict.SendFailed,
    };
}
