using System.Globalization;
using System.Net;
using System.Net.Sockets;
using QemuL2tp.Options;
using QemuL2tp.Tests.TestSupport;

namespace QemuL2tp.Tests.Guest.Stream;

/// <summary>What TCP front ends have and unix ones have not: names with several addresses, ports of the kernel's choice, machines that vanish.</summary>
public sealed class InetStreamTests
{
    /// <summary>Three seconds of silence end a connection.</summary>
    private static readonly TcpKeepAlive s_impatient = new(true, 1, 1, 2);

    [TestCase("127.0.0.1", "127.0.0.1:0 (127.0.0.1:{0})")]
    [TestCase("::1", "[::1]:0 ([::1]:{0})")]
    [TestCase("localhost", "localhost:0 (127.0.0.1:{0})")]
    public void A_listener_says_its_address_and_the_port_that_the_kernel_has_chosen(string host, string place)
    {
        using var link = new LoopbackLink(Listen(host, ipv4: host == "localhost" ? true : null));
        int port = link.Guest.ListeningPort!.Value;
        Assert.That(link.Log.Messages, Has.Some.EqualTo($"net0: listening at {string.Format(CultureInfo.InvariantCulture, place, port)}"));
        using FakeQemu qemu = FakeQemu.Connect(new IPEndPoint(host == "::1" ? IPAddress.IPv6Loopback : IPAddress.Loopback, port));
        qemu.Send(LoopbackLink.Frame(60));
        Assert.That(link.ReceiveAtPeer(), Is.EqualTo(LoopbackLink.Frame(60)));
    }

    [TestCase(null, null, true)]
    [TestCase(true, true, true)]
    [TestCase(null, true, false)]
    [TestCase(false, null, false)]
    public void An_IPv6_listener_takes_IPv4_when_QEMU_would(bool? ipv4, bool? ipv6, bool takesIPv4)
    {
        using var link = new LoopbackLink(Listen("::", ipv4, ipv6));
        using var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        var place = new IPEndPoint(IPAddress.Loopback, link.Guest.ListeningPort!.Value);
        if (takesIPv4)
            Assert.That(() => client.Connect(place), Throws.Nothing);
        else
            Assert.That(() => client.Connect(place), Throws.InstanceOf<SocketException>());
    }

    [Test]
    public void Each_address_of_a_name_is_tried_and_the_one_taken_is_told() => OwnNetwork.RunWithHosts("::1 both\n127.0.0.1 both\n", () =>
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        int port = ((IPEndPoint)listener.LocalEndpoint).Port;
        using var link = new LoopbackLink(Connect("both", port));
        using FakeQemu qemu = FakeQemu.Accept(listener.Server);
        qemu.Send(LoopbackLink.Frame(60));
        Assert.That(link.ReceiveAtPeer(), Is.EqualTo(LoopbackLink.Frame(60)));
        Assert.That(link.Log.Messages, Has.Some.EqualTo($"net0: QEMU connected at both:{port} (127.0.0.1:{port})"));
    });

    [Test]
    public void All_addresses_that_refuse_are_named_once() => OwnNetwork.RunWithHosts("::1 both\n127.0.0.1 both\n", () =>
    {
        using var link = new LoopbackLink(Connect("both", 5555), threads: 0);
        link.Until(() => link.Log.Messages.Any(message => message.Contains("waiting", StringComparison.Ordinal)), "it waits");
        for (int i = 0; i < 20; i++)
        {
            link.Turn();
            Thread.Sleep(20); // Clock: for another attempt; where they are fewer, less is found, and nothing fails.
        }

        Assert.That(
            link.Log.Messages.Where(message => message.Contains("waiting", StringComparison.Ordinal)),
            Is.EqualTo(["net0: waiting for QEMU to listen at both:5555 ([::1]:5555: Connection refused, 127.0.0.1:5555: Connection refused)"]));
    });

    [Test]
    public void A_listener_takes_the_next_address_where_the_first_cannot_be_had() => OwnNetwork.RunWithHosts("192.0.2.9 both\n127.0.0.1 both\n", () =>
    {
        using var link = new LoopbackLink(Listen("both"));
        Assert.That(link.Log.Messages, Has.Some.EqualTo($"net0: listening at both:0 (127.0.0.1:{link.Guest.ListeningPort})"));
    });

    /// <summary>Neither FIN nor RST comes, only silence: the other end's address is no longer reached.</summary>
    /// <param name="hasUnacknowledged">Whether frames are under way to it.</param>
    /// <param name="server">Whether it connected to us.</param>
    [Test]
    public void A_machine_that_vanishes_leaves_its_place_to_the_next([Values] bool hasUnacknowledged, [Values] bool server) => OwnNetwork.Run(() =>
    {
        using var listener = new TcpListener(IPAddress.Parse("127.0.0.5"), 0);
        listener.Start();
        using var link = new LoopbackLink(server ? Listen("127.0.0.1") : Connect("127.0.0.5", ((IPEndPoint)listener.LocalEndpoint).Port));
        using FakeQemu gone = server ? ConnectFrom("127.0.0.5", link) : FakeQemu.Accept(listener.Server);
        gone.Send(LoopbackLink.Frame(60));
        Assert.That(link.ReceiveAtPeer(), Is.EqualTo(LoopbackLink.Frame(60)));

        OwnNetwork.Command("ip", "route add blackhole 127.0.0.5/32 table local");
        for (int i = 0; hasUnacknowledged && i < 10; i++)
            link.SendFromPeer(LoopbackLink.Frame(900));
        link.Until(() => !link.Guest.IsConnected, "it is found to be gone");
        Assert.That(link.Log.Messages, Has.Some.Contains("has not answered for 3 s"));
        if (!server)
            return;
        using FakeQemu next = ConnectFrom("127.0.0.6", link);
        next.Send(LoopbackLink.Frame(70));
        Assert.That(link.ReceiveAtPeer(), Is.EqualTo(LoopbackLink.Frame(70)));
        Assert.That(link.Guest.ConnectionsRefused, Is.Zero);
    });

    private static FrontendOptions Listen(string host, bool? ipv4 = null, bool? ipv6 = null) => new()
    {
        Kind = FrontendKind.Stream,
        Server = true,
        Address = new InetFrontendAddress(host, "0", ipv4, ipv6) { KeepAlive = s_impatient },
    };

    private static FrontendOptions Connect(string host, int port) => new()
    {
        Kind = FrontendKind.Stream,
        Server = false,
        Address = new InetFrontendAddress(host, $"{port}") { KeepAlive = s_impatient },
        ReconnectMilliseconds = 20,
    };

    private static FakeQemu ConnectFrom(string address, LoopbackLink link)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { ReceiveTimeout = Until.PatienceMilliseconds };
        socket.Bind(new IPEndPoint(IPAddress.Parse(address), 0));
        socket.Connect(new IPEndPoint(IPAddress.Loopback, link.Guest.ListeningPort!.Value));
        return new FakeQemu(socket);
    }
}
