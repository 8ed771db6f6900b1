using System.ComponentModel;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace QemuL2tp.Integration.Scenarios;

/// <summary>Sockets for IP protocol 115 (ip(7), raw(7)), which the runtime's own constructor refuses to make.</summary>
internal static partial class OptionRawSocket
{
    private const int InterNetwork = 2;
    private const int InterNetworkV6 = 10;
    private const int RawCloseOnExec = 3 | 0x80000;
    private const int L2tp = 115;

    /// <summary>A raw socket bound to one local address; needs CAP_NET_RAW.</summary>
    public static Socket Bound(IPAddress address)
    {
        int descriptor = OpenSocket(address.AddressFamily == AddressFamily.InterNetwork ? InterNetwork : InterNetworkV6, RawCloseOnExec, L2tp);
        if (descriptor < 0)
            throw new Win32Exception(Marshal.GetLastPInvokeError(), "raw sockets need CAP_NET_RAW");
        var socket = new Socket(new SafeSocketHandle(descriptor, ownsHandle: true));
        socket.Bind(new IPEndPoint(address, 0));
        return socket;
    }

    [LibraryImport("libc", EntryPoint = "socket", SetLastError = true)]
    private static partial int OpenSocket(int family, int type, int protocol);
}
