using System.Net.Sockets;
using QemuL2tp.Datagrams;

namespace QemuL2tp.Tests.Datagrams;

internal sealed unsafe class SocketAddressTests
{
    [TestCase("127.0.0.1", "17001", "127.0.0.1", "17001", true)]
    [TestCase("127.0.0.1", "17001", "127.0.0.1", "17002", false)]
    [TestCase("127.0.0.1", "17001", "127.0.0.2", "17001", false)]
    [TestCase("127.0.0.1", null, "127.0.0.1", null, true)]
    [TestCase("::1", "17001", "::1", "17001", true)]
    [TestCase("::1", "17001", "::1", "17002", false)]
    [TestCase("fd00::1", "17001", "fd00::2", "17001", false)]
    [TestCase("fd00::1", "17001", "fd01::1", "17001", false)]
    [TestCase("fe80::1", "17001", "fe80::1%1", "17001", true, Description = "no scope named: any")]
    [TestCase("fe80::1%1", "17001", "fe80::1%1", "17001", true)]
    [TestCase("fe80::1%1", "17001", "fe80::1%2", "17001", false)]
    public void Two_endpoints_are_the_same_when_address_port_and_named_scope_are(string ours, string? ourPort, string theirs, string? theirPort, bool same)
    {
        using SocketAddress one = Resolve(ours, ourPort);
        using SocketAddress other = Resolve(theirs, theirPort);
        Assert.That(one.IsSameEndpoint((byte*)other.Pointer, other.Length), Is.EqualTo(same));
    }

    [TestCase("127.0.0.1", "17001", "127.0.0.1:17001")]
    [TestCase("127.0.0.1", null, "127.0.0.1")]
    [TestCase("fd00::1", "17001", "[fd00::1]:17001")]
    [TestCase("fd00::1", null, "fd00::1")]
    public void An_endpoint_is_written_as_a_person_writes_it(string host, string? port, string text)
    {
        using SocketAddress address = Resolve(host, port);
        Assert.That(address.ToString(), Is.EqualTo(text));
    }

    private static SocketAddress Resolve(string host, string? port)
    {
        SocketAddress? address = SocketAddress.Resolve(host, port, host.Contains(':'), (int)SocketType.Dgram, 0, out string error);
        Assert.That(address, Is.Not.Null, error);
        return address!;
    }
}
