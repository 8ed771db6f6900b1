using QemuL2tp.Peers;

namespace QemuL2tp.Tests.Peers;

public sealed class PeerTableTests
{
    [Test]
    public void Linux_is_the_first_and_every_peer_has_its_line_of_help()
    {
        Assert.That(
            string.Join('|', PeerTable.Rows.Select(row => row.Name)),
            Is.EqualTo("linux|networkd|netbsd|qemu|uml|vpp|vyos|mikrotik|cisco"));
        Assert.That(PeerTable.Rows.Select(row => row.Help), Has.All.Match(@"^[^\n]{10,80}(?<!\.)$"));
    }
}
