using System.Net;
using System.Runtime.InteropServices;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace QemuL2tp.Datagrams;

/// <summary>What the network reports about the packets to one peer, as one thread finds it.</summary>
/// <param name="counters">Where errors are counted; the other thread may count there too.</param>
internal sealed unsafe class PeerErrors(DatagramCounters counters)
{
    private bool _hasNews;

    /// <summary>Who sent the newest report; an IPv4 address in the layout of its own <c>sockaddr</c>. No family: not known.</summary>
    private sockaddr_in6 _reporter;

    /// <summary>The newest error.</summary>
    public int LastError { get; private set; }

    /// <summary>Who reported <see cref="LastError"/>, by ICMP; null when it is not known.</summary>
    public IPAddress? LastReporter
    {
        get
        {
            sockaddr_in6 reporter = _reporter;
            return reporter.sin6_family == AF_INET || reporter.sin6_family == AF_INET6 ? SocketAddress.HostOf((byte*)&reporter) : null;
        }
    }

    /// <summary>Whether there was an error since the last call.</summary>
    public bool TakeNews()
    {
        bool hadNews = _hasNews;
        _hasNews = false;
        return hadNews;
    }

    /// <param name="error">The error number.</param>
    /// <param name="reporter">The address of whoever reported it.</param>
    /// <param name="length">Its bytes; 0: not known.</param>
    public void Count(int error, byte* reporter, nuint length)
    {
        _hasNews = true;
        LastError = error;
        _reporter = default;
        length = nuint.Min(length, (nuint)sizeof(sockaddr_in6));
        new Span<byte>(reporter, (int)length).CopyTo(MemoryMarshal.AsBytes(new Span<sockaddr_in6>(ref _reporter)));
        if (NetworkErrors.MeansNobodyListens(error))
            counters.CountPeerRefused();
        else if (error == EHOSTUNREACH || error == ENETUNREACH || error == EHOSTDOWN)
            counters.CountPeerUnreachable();
        else if (error == EMSGSIZE)
            counters.CountPathMtuExceeded();
        else
            counters.CountOtherError();
    }
}
