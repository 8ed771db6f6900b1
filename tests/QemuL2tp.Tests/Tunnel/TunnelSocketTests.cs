using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using QemuL2tp.Datagrams;
using QemuL2tp.Options;
using QemuL2tp.Tests.TestSupport;
using QemuL2tp.Tunnel;
using Tmds.Linux;

namespace QemuL2tp.Tests.Tunnel;

/// <summary>QEMU's messages, each with what to do; sizes of buffers; no descriptor left behind.</summary>
internal sealed class TunnelSocketTests
{
    private static int[] SharingOptions => [LibC.SO_REUSEADDR, LibC.SO_REUSEPORT];

    /// <summary>A label may have 63 letters: no resolver asks the network for this.</summary>
    private static readonly string s_noSuchHost = new('x', 64);

    [Test]
    public void A_src_that_is_no_name_is_QEMUs_error() => ExpectError(
        Loopback.NewOptions() with { Source = s_noSuchHost },
        "could not resolve src, errno = Name or service not known",
        "src=xxx.* must be an address or a name that resolves to IPv4");

    [Test]
    public void A_dst_that_is_no_name_is_QEMUs_error() => ExpectError(
        Loopback.NewOptions() with { Destination = s_noSuchHost },
        "could not resolve dst, error = Name or service not known",
        "dst=xxx.* must be an address or a name that resolves to IPv4");

    [Test]
    public void An_address_of_the_wrong_family_names_the_switch()
    {
        ExpectError(
            Loopback.NewOptions() with { Source = "::1" },
            "could not resolve src, errno = Address family for hostname not supported",
            "src=::1 .*for IPv6 write ipv6=on");
        ExpectError(
            Loopback.NewOptions(ipv6: true) with { Destination = "127.0.0.1" },
            "could not resolve dst, error = Address family for hostname not supported",
            "dst=127.0.0.1 .*IPv6 \\(ipv6=on\\)");
    }

    [Test]
    public void An_unknown_service_names_the_port_option() => ExpectError(
        Loopback.NewOptions() with { DestinationPort = "no-such-service" },
        "could not resolve dst, error = Servname not supported for ai_socktype",
        "dstport=no-such-service must be a number from 1 to 65535 or a UDP service name");

    [Test]
    public void A_port_in_use_is_error_98()
    {
        L2tpv3Options options = Loopback.NewOptions();
        using Socket other = Loopback.Udp(Loopback.SourceOf(options));
        ExpectError(options, "could not bind socket err=98", $"srcport={options.SourcePort} on src={options.Source} is in use");
    }

    [Test]
    public void Who_has_the_port_is_named([Values] bool ipv6)
    {
        L2tpv3Options options = Loopback.NewOptions(ipv6: ipv6);
        using (TunnelSession.OpenAlone(options, new RecordingLog()))
            ExpectError(options, "could not bind socket err=98", "in use by this process itself; choose another srcport");

        const string Bind = "import socket,sys; s=socket.socket(int(sys.argv[1]),socket.SOCK_DGRAM); s.bind((sys.argv[2],int(sys.argv[3]))); print(1,flush=True); sys.stdin.read()";
        int family = ipv6 ? LibC.AF_INET6 : LibC.AF_INET;
        using Process other = Process.Start(new ProcessStartInfo("python3", ["-c", Bind, $"{family}", options.Source, options.SourcePort!]) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        Assert.That(other.StandardOutput.ReadLine(), Is.EqualTo("1"));
        ExpectError(options, "could not bind socket err=98", $"in use by python3.* \\(pid {other.Id}\\); end that process or choose another srcport");
        other.StandardInput.Close();
        other.WaitForExit();
    }

    [Test]
    public void Who_is_ready_to_share_the_port_cannot_either([ValueSource(nameof(SharingOptions))] int option)
    {
        L2tpv3Options options = Loopback.NewOptions();
        using var first = TunnelSession.OpenAlone(options, new RecordingLog());
        using var other = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        other.SetRawSocketOption(LibC.SOL_SOCKET, option, BitConverter.GetBytes(1));
        Assert.That(() => other.Bind(Loopback.SourceOf(options)), Throws.TypeOf<SocketException>().With.Property("SocketErrorCode").EqualTo(SocketError.AddressAlreadyInUse));
    }

    [TestCase(true)]
    [TestCase(false)]
    public void An_address_of_another_host_is_error_99(bool udp)
    {
        L2tpv3Options options = Loopback.NewOptions(udp);
        if (!udp)
            Loopback.PeerOf(options).Dispose();
        ExpectError(options with { Source = "192.0.2.77" }, "could not bind socket err=99", "src=192.0.2.77 is not an address of this host");
    }

    [Test]
    public void The_socket_has_large_buffers()
    {
        const int Wanted = 7 << 20;
        int expected = Environment.IsPrivilegedProcess
            ? Wanted
            : Math.Min(Wanted, int.Parse(File.ReadAllText("/proc/sys/net/core/rmem_max"), CultureInfo.InvariantCulture));
        int descriptor = TunnelUnderTest.OpenSocket(Loopback.NewOptions(), out SocketAddress peer);
        peer.Dispose();
        Assert.That(OptionOf(descriptor, LibC.SO_RCVBUF), Is.AtLeast(expected));
        Assert.That(OptionOf(descriptor, LibC.SO_SNDBUF), Is.AtLeast(expected));
        _ = LibC.close(descriptor);
    }

    [Test]
    public void Opening_and_closing_a_port_leaves_no_descriptor()
    {
        L2tpv3Options options = Loopback.NewOptions();
        int before = OpenSockets();
        for (int i = 0; i < 100; i++)
        {
            TunnelSession.OpenAlone(options, new RecordingLog()).Dispose();
            Assert.That(() => TunnelSession.OpenAlone(options with { Destination = "::1" }, new RecordingLog()), Throws.TypeOf<UserErrorException>());
            Assert.That(() => TunnelSession.OpenAlone(options with { Source = "192.0.2.77" }, new RecordingLog()), Throws.TypeOf<UserErrorException>());
        }

        // The test host's own sockets come and go.
        Assert.That(OpenSockets(), Is.AtMost(before + 5));
    }

    private static void ExpectError(L2tpv3Options options, string message, string remedyPattern)
    {
        UserErrorException? error = Assert.Throws<UserErrorException>(() => TunnelUnderTest.OpenSocket(options, out _));
        Assert.That(error?.Problem, Is.EqualTo(message));
        Assert.That(error?.Remedy, Does.Match(remedyPattern));
    }

    private static unsafe int OptionOf(int descriptor, int name)
    {
        int value = 0;
        socklen_t length = sizeof(int);
        Assert.That(LibC.getsockopt(descriptor, LibC.SOL_SOCKET, name, &value, &length), Is.Zero);
        return value;
    }

    private static int OpenSockets() => Directory.GetFiles("/proc/self/fd").Length;
}
