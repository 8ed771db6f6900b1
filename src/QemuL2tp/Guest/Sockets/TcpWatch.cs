using QemuL2tp.EventLoop;
using QemuL2tp.Linux;
using QemuL2tp.Options;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace QemuL2tp.Guest.Sockets;

/// <summary>
/// Ends a TCP connection whose other machine has gone without a word. While nothing is under way the kernel's keep-alive does
/// it. Otherwise the kernel would repeat what is not acknowledged for a quarter of an hour, so what is under way is looked at
/// from here. TCP_USER_TIMEOUT is not it: that ends the connection to a stopped guest too, which takes nothing but answers.
/// </summary>
/// <param name="silent">Called when the connection is dead: the other end has answered nothing for as long as may be.</param>
internal sealed unsafe class TcpWatch(Action silent) : IEventHandler
{
    private const int LookMilliseconds = 5000;

    /// <summary>
    /// The longest pause between two probes of a closed window (linux/tcp.h, from Linux 6.15 on). Older kernels wait up to two
    /// minutes once the window has been closed for as long.
    /// </summary>
    private const int LongestPauseOption = 44; // TCP_RTO_MAX_MS

    private const int LongestPauseMilliseconds = 10_000;

    private IEventLoop? _loop;
    private int _descriptor;
    private TcpKeepAlive _keepAlive;

    /// <summary>Sets the keep-alive of a new connection and watches it, if it is one of TCP and this is wanted.</summary>
    public void Start(IEventLoop loop, int descriptor, TcpKeepAlive keepAlive)
    {
        if (!keepAlive.Enabled || !StreamSocket.IsTcp(descriptor))
            return;
        (_loop, _descriptor, _keepAlive) = (loop, descriptor, keepAlive);
        StreamSocket.Set(descriptor, IPPROTO_TCP, TCP_KEEPIDLE, keepAlive.IdleSeconds);
        StreamSocket.Set(descriptor, IPPROTO_TCP, TCP_KEEPINTVL, keepAlive.IntervalSeconds);
        StreamSocket.Set(descriptor, IPPROTO_TCP, TCP_KEEPCNT, keepAlive.Count);
        StreamSocket.Set(descriptor, SOL_SOCKET, SO_KEEPALIVE, 1);
        StreamSocket.Set(descriptor, IPPROTO_TCP, LongestPauseOption, LongestPauseMilliseconds);
        loop.SetTimer(this, LookMilliseconds);
    }

    public void Stop()
    {
        _loop?.ClearTimer(this);
        _loop = null;
    }

    public void OnReady(Readiness readiness)
    {
        // Watches no descriptor.
    }

    public void OnTimer()
    {
        if (IsSilent())
            silent();
        else
            _loop!.SetTimer(this, LookMilliseconds);
    }

    /// <summary>Something was sent, more than once by now, and the other machine has not answered for too long.</summary>
    private bool IsSilent()
    {
        tcp_info info;
        socklen_t length = (uint)sizeof(tcp_info);
        if (getsockopt(_descriptor, IPPROTO_TCP, TCP_INFO, &info, &length) != 0)
            return false;
        uint quiet = Math.Min(info.tcpi_last_ack_recv, info.tcpi_last_data_recv);
        return (info.tcpi_retransmits > 0 || info.tcpi_probes > 0) && quiet >= _keepAlive.PatienceSeconds * 1000L;
    }
}
