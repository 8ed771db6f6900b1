using QemuL2tp.Frames;

namespace QemuL2tp.Datagrams;

/// <summary>What an error of a send call means, which depends on who is at the other end. Asked on the thread of the sink.</summary>
internal interface ISendErrors
{
    /// <summary>There is no room now: wait until the socket is writable.</summary>
    bool MeansFull(int error);

    /// <summary>True when the error was about an earlier datagram, or what caused it is over: the same one can be sent again.</summary>
    bool IsOver(int error);

    /// <summary>Why the datagram is dropped.</summary>
    FrameVerdict VerdictOf(int error);
}
