using System.Net;
using QemuL2tp.Datagrams;
using QemuL2tp.Options;
using Tmds.Linux;
using static Tmds.Linux.LibC;
using SocketAddress = QemuL2tp.Datagrams.SocketAddress;

namespace QemuL2tp.Guest.Dgram;

/// <summary>UDP sockets over IPv4, opened with the messages of QEMU's net/dgram.c.</summary>
internal static class InetSocket
{
    /// <param name="end">Whose address it is: <c>local</c> or <c>remote</c>.</param>
    /// <param name="address">A host and a port.</param>
    /// <param name="any">What an empty host, or 0.0.0.0, stands for.</param>
    /// <exception cref="UserErrorException">The host does not resolve.</exception>
    public static SocketAddress Resolve(string end, InetFrontendAddress address, string any)
    {
        string host = address.Addresses is { } addresses ? addresses[0] : address.Host;
        if (host.Length == 0 || (IPAddress.TryParse(host, out IPAddress? number) && number.Equals(IPAddress.Any)))
            host = any;
        return SocketAddress.Resolve(host, address.Port, isIPv6: false, SOCK_DGRAM, 0, out string error) ?? throw Unresolved(end, address, error);
    }

    public static UserErrorException Unresolved(string end, InetFrontendAddress address, string error) => new(
        $"can't resolve host address '{address.Host}'", $"it must be an IPv4 address or a name that resolves to one ({error})")
    {
        Option = $"{end}.host",
        Value = address.Host,
    };

    /// <param name="descriptor">The socket.</param>
    /// <param name="address">Where.</param>
    /// <param name="end">Whose address it is: <c>local</c>, or <c>remote</c> for that of a group.</param>
    /// <param name="written">The same as the user has written it.</param>
    /// <exception cref="UserErrorException">The address is in use or not ours.</exception>
    public static unsafe void Bind(int descriptor, SocketAddress address, string end, InetFrontendAddress written)
    {
        if (bind(descriptor, address.Pointer, address.Length) == 0)
            return;
        int error = errno;
        bool isPort = error == EADDRINUSE || error == EACCES;
        throw new UserErrorException($"can't bind ip={HostOf(address)} to socket: {DgramSocket.ErrorText(error)}", error switch
        {
            _ when error == EADDRINUSE => "another process receives there, QEMU perhaps: our local is what QEMU has as remote",
            _ when error == EADDRNOTAVAIL => "our own end must be an address of this host; see 'ip address'",
            _ when error == EACCES => "choose a port from 1024 on",
            _ => "choose an address of this host",
        })
        {
            Option = isPort ? $"{end}.port" : $"{end}.host",
            Value = isPort ? written.Port : written.Host,
        };
    }

    /// <summary>The address without the port.</summary>
    public static unsafe IPAddress HostOf(SocketAddress address) => new(*(uint*)&((sockaddr_in*)address.Pointer)->sin_addr);

    /// <summary>Room for bursts, and reports of what the network has not delivered.</summary>
    public static void SetOptions(int descriptor)
    {
        DatagramSocket.EnlargeBuffers(descriptor);
        DatagramSocket.TrySet(descriptor, SOL_SOCKET, SO_RXQ_OVFL, 1);
        DatagramSocket.TrySet(descriptor, IPPROTO_IP, IP_RECVERR, 1);
    }
}
