using QemuL2tp.Options;
using QemuL2tp.Peers;

namespace QemuL2tp.Tests.Peers;

/// <summary>A zone means something on one host only, so ours never gets into the peer's commands.</summary>
internal sealed class PeerZoneTests
{
    private const string Text = "l2tpv3,id=a,src=fe80::1%v0,dst=fe80::2%v0,ipv6=on,udp=on,srcport=3000,dstport=4000,txsession=15,rxsession=16";

    [Test]
    public void QEMU_is_told_where_to_write_its_own() => Assert.That(
        string.Join('\n', PeerTable.Rows.Single(peer => peer.Name == "qemu").Write(new PeerRequest(NetdevParser.Parse(Text, [])))),
        Does.Contain("src=fe80::2%INTERFACE,dst=fe80::1,").And.Contain("in place of INTERFACE").And.Not.Contain("v0"));

    [Test]
    public void The_far_end_has_none()
    {
        L2tpv3Options end = FarEnd.Of(NetdevParser.Parse(Text, []));
        Assert.That((end.Source, end.Destination), Is.EqualTo(("fe80::2", "fe80::1")));
    }
}
