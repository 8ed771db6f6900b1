using System.Net;
using System.Net.Sockets;

namespace QemuL2tp.Tests.TestSupport;

/// <summary>
/// This process's share of the loopback interface's addresses and ports, so that test runs can go on side by side. A share belongs to
/// whoever is bound to the abstract socket of its name, which ends with the process.
/// </summary>
internal static class LoopbackShare
{
    private const int Shares = 62;
    private const int Networks = 4; // 127.x of each share.
    private const int Ports = 350; // Of each share; all of them below those that the kernel gives to who binds to 0.
    private const int FirstPort = 10_000;

    private static readonly Socket s_holder = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
    private static readonly int s_number = Take();
    private static int _prefixes;
    private static int _ports;

    /// <summary>127.x.y., another one at each call, to be completed by 1 to 254.</summary>
    public static string NextPrefix()
    {
        uint count = (uint)Interlocked.Increment(ref _prefixes);
        return $"127.{4 + (s_number * Networks) + (count / 256 % Networks)}.{count % 256}.";
    }

    /// <summary>Another port at each call, which nobody is bound to and nobody gets without asking for it by number.</summary>
    public static int NextPort()
    {
        for (int i = 0; i < Ports; i++)
        {
            int port = FirstPort + (s_number * Ports) + (int)((uint)Interlocked.Increment(ref _ports) % Ports);
            if (IsFree(port, SocketType.Dgram, ProtocolType.Udp) && IsFree(port, SocketType.Stream, ProtocolType.Tcp))
                return port;
        }

        throw new InvalidOperationException($"none of {Ports} ports is free");
    }

    private static int Take()
    {
        for (int number = 0; number < Shares; number++)
        {
            try
            {
                s_holder.Bind(new UnixDomainSocketEndPoint($"\0qemu-l2tp-tests-{number}"));
                return number;
            }
            catch (SocketException e) when (e.SocketErrorCode == SocketError.AddressAlreadyInUse)
            {
                // Another run's.
            }
        }

        throw new InvalidOperationException($"{Shares} test runs go on already");
    }

    private static bool IsFree(int port, SocketType type, ProtocolType protocol)
    {
        using var probe = new Socket(AddressFamily.InterNetworkV6, type, protocol) { DualMode = true };
        try
        {
            probe.Bind(new IPEndPoint(IPAddress.IPv6Any, port));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
