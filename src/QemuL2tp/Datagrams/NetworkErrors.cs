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
        if (!MeansNobodyListens(error))
            return false;
        errors.CountPending(error);
        return true;
    }

    /// <summary>
    /// ENOPROTOOPT is what ICMP protocol unreachable becomes, and EPROTO what ICMPv6 unrecognized next header does (RFC 4443, 3.4): no raw
    /// socket there and no kernel module.
    /// </summary>
    public static bool MeansNobodyListens(int error) => error == ECONNREFUSED || error == ENOPROTOOPT || error == EPROTO;

    public FrameVerdict VerdictOf(int error) => error switch
    {
        _ when error == EHOSTUNREACH || error == ENETUNREACH || error == ENETDOWN || error == EHOSTDOWN => FrameVerdict.Unreachable,
        // What kernels say when the device or the source address has gone.
        _ when error == EADDRNOTAVAIL || error == EINVAL => FrameVerdict.Unreachable,
        _ when error == EPERM || error == EACCES => FrameVerdict.SendForbidden,
        _ when error == ENOBUFS || error == ENOMEM => FrameVerdict.SendQueueFull,
        _ when error == EMSGSIZE => FrameVerdict.MessageTooBig,
        _ => FrameVerdict.SendFailed,
    };
}
