using QemuL2tp.EventLoop;
using QemuL2tp.Linux;
using Tmds.Linux;
using static QemuL2tp.Linux.Glibc;
using static Tmds.Linux.LibC;

namespace QemuL2tp.Tunnel;

/// <summary>Tells when a network interface or an IPv6 address of this host has come, changed or gone (rtnetlink(7)).</summary>
/// <param name="changed">Called on the thread of the loop.</param>
internal sealed unsafe class LinkWatch(Action changed) : IEventHandler, IDisposable
{
    private const int BufferBytes = 8192;

    private readonly int _descriptor = Open();
    private IEventLoop? _loop;

    public void Attach(IEventLoop loop)
    {
        // Where the kernel gives no such socket (RestrictAddressFamilies=) nothing is told.
        if (_descriptor < 0)
            return;
        _loop = loop;
        loop.Add(_descriptor, Readiness.Readable, this);
    }

    public void OnReady(Readiness readiness)
    {
        byte* buffer = stackalloc byte[BufferBytes];
        // What the messages say is of no interest; when some were lost (ENOBUFS) something has changed as well.
        while ((long)read(_descriptor, buffer, BufferBytes) > 0 || errno == ENOBUFS || errno == EINTR)
        {
        }

        changed();
    }

    public void Dispose()
    {
        _loop?.Remove(_descriptor);
        if (_descriptor >= 0)
            _ = close(_descriptor);
    }

    private static int Open()
    {
        int descriptor = socket(AF_NETLINK, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, NETLINK_ROUTE);
        sockaddr_nl address = new() { nl_family = (ushort)AF_NETLINK, nl_groups = RTMGRP_LINK | RTMGRP_IPV6_IFADDR };
        if (descriptor < 0 || bind(descriptor, (sockaddr*)&address, (uint)sizeof(sockaddr_nl)) == 0)
            return descriptor;
        _ = close(descriptor);
        return -1;
    }
}
