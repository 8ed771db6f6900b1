using QemuL2tp.Options;
using QemuL2tp.Peers;
using QemuL2tp.Tests.TestSupport;

namespace QemuL2tp.Tests.Peers;

/// <summary>What the interface is called at the peer.</summary>
public sealed class PeerNameTests
{
    private static PeerRequest Request(string id, string? name = null, int position = 0) => new(NetdevParser.Parse($$"""{"type":"l2tpv3","id":"{{id}}","src":"10.0.0.1","dst":"10.0.0.2","txsession":1}""", []))
    {
        InterfaceName = name,
        Position = position,
    };

    [TestCase("net0", null, "net0")]
    [TestCase("a-name-of-16-chr", null, "a-name-of-16-ch")]
    [TestCase("a b/c:d%e", null, "a-b-c-d-e")]
    [TestCase("..", null, "l2tp0")]
    [TestCase("net0", "vmtunnel0", "vmtunnel0")]
    public void Linux_has_the_id_as_far_as_it_can_be_a_name(string id, string? wanted, string name) =>
        Assert.That(PeerLines.Write("linux", Request(id, wanted)), Has.One.EqualTo($"ip link set dev {name} mtu 1462 up"));

    [TestCase("netbsd", null, 0, "ifconfig l2tp0 create")]
    [TestCase("netbsd", null, 2, "ifconfig l2tp2 create")]
    [TestCase("netbsd", "l2tp17", 0, "ifconfig l2tp17 create")]
    public void Elsewhere_it_is_numbered(string peer, string? wanted, int position, string line) =>
        Assert.That(PeerLines.Write(peer, Request("net0", wanted, position)), Has.One.EqualTo(line));

    [Test]
    public void For_QEMU_it_is_the_id() => Assert.That(
        PeerLines.Write("qemu", Request("net0", "far0")), Has.One.EqualTo("-netdev l2tpv3,id=far0,src=10.0.0.2,dst=10.0.0.1,txsession=1,rxsession=1"));

    [TestCase("linux", "a-name-of-16-chr")]
    [TestCase("linux", "")]
    [TestCase("linux", "a b")]
    [TestCase("linux", ";x")]
    [TestCase("netbsd", "wm0")]
    [TestCase("netbsd", "l2tp")]
    [TestCase("netbsd", "l2tp0x")]
    public void What_cannot_be_a_name_is_refused(string peer, string name)
    {
        UserErrorException error = Assert.Throws<UserErrorException>(() => PeerLines.Write(peer, Request("net0", name)))!;
        Assert.That(error.Problem, Does.StartWith($"'--name {name}' cannot be the name "));
        Assert.That(error.Remedy, Does.StartWith("Write "));
    }
}
