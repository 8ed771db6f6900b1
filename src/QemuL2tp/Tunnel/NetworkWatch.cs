using QemuL2tp.EventLoop;
using QemuL2tp.Linux;
using Tmds.Linux;
using static QemuL2tp.Linux.Glibc;
using static Tmds.Linux.LibC;

namespace QemuL2tp.Tunnel;

/// <summary>Tells when an interface, an address or a route of this host has come, changed or gone (rtnetlink(7)), and when a time is over.</summary>
/// <param name="changed">Called on the thread of the loop.</param>
internal sealed unsafe class NetworkWatch(Action changed) : IEventHandler, IDisposable
{
    private const int BufferBytes = 8192;
    private const uint Groups = RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR | RTMGRP_IPV4_ROUTE | RTMGRP_IPV6_ROUTE;

    private readonly int _descriptor = Open();
    private IEventLoop? _loop;

    /// <summary>False where the kernel gives no such socket (RestrictAddressFamilies=): then only time tells.</summary>
    public bool HearsChanges => _descriptor >= 0;

    /// <summary>Begins; once is enough.</summary>
    public void Attach(IEventLoop loop)
    {
        if (_loop is not null)
            return;
        _loop = loop;
        if (HearsChanges)
            loop.Add(_descriptor, Readiness.Readable, this);
    }

    /// <summary>Calls after so many milliseconds, whatever happens before.</summary>
    public void CallIn(int milliseconds) => _loop!.SetTimer(this, milliseconds);

    public void OnReady(Readiness readiness)
    {
        byte* buffer = stackalloc byte[BufferBytes];
        // What the messages say is of no interest; when some were lost (ENOBUFS) something has changed as well.
        while ((long)read(_descriptor, buffer, BufferBytes) > 0 || errno == ENOBUFS || errno == EINTR)
        {
        }

        changed();
    }

    public void OnTimer() => changed();

    public void Dispose()
    {
        _loop?.ClearTimer(this);
        if (!HearsChanges)
            return;
        _loop?.Remove(_descriptor);
        _ = close(_descriptor);
    }

    private static int Open()
    {
        int descriptor = socket(AF_NETLINK, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, NETLINK_ROUTE);
        sockaddr_nl address = new() { nl_family = (ushort)AF_NETLINK, nl_groups = Groups };
        if (descriptor < 0 || bind(descriptor, (sockaddr*)&address, (uint)sizeof(sockaddr_nl)) == 0)
            return descriptor;
        _ = close(descriptor);
        return -1;
    }
}
