using System.Globalization;

namespace QemuL2tp.Integration.Peers;

/// <summary>
/// One pseudowire of the scenarios. Its number decides everything that has to be distinct: ports, session
/// numbers, cookies, the guest's interface <c>nicN</c>, the peer's <c>l2tpN</c> and the inner networks
/// 10.1.N.0/24 and fd01:N::/64, where the guest is .1 and the far end .2.
/// </summary>
internal sealed record Wire(int Number, bool Udp, bool Ipv6, int CookieBytes, bool Counter, bool Pinned = false)
{
    public string Id => $"pw{Number}";

    public string Nic => $"nic{Number}";

    public string PeerInterface => $"l2tp{Number}";

    public string Name =>
        $"{Transport}_{(CookieBytes == 0 ? "nocookie" : $"cookie{CookieBytes}")}_{(Pinned ? "pinned" : Counter ? "counter" : "nocounter")}";

    public string Transport => $"{(Udp ? "udp" : "ip")}_{(Ipv6 ? "ipv6" : "ipv4")}";

    public string Local { get; init; } = Ipv6 ? "fd00::1" : "10.0.0.1";

    /// <summary>The outer address of the far end: the Linux peer, unless said otherwise.</summary>
    public string Remote { get; init; } = Ipv6 ? "fd00::2" : "10.0.0.2";

    /// <summary>What our side expects in place of the cookie that the peer sends; to see it fail.</summary>
    public bool WrongCookie { get; init; }

    public string GuestAddress => $"10.1.{Number}.1";

    public string PeerAddress => $"10.1.{Number}.2";

    public string PeerAddress6 => $"fd01:{Number}::2";

    public int LocalPort => 20000 + Number;

    public int RemotePort => 30000 + Number;

    public int LocalSession => 1000 + Number;

    public int RemoteSession => 2000 + Number;

    /// <summary>What follows <c>-netdev</c>, in QEMU's words.</summary>
    public string Netdev => Options(Local, Remote, LocalPort, RemotePort, LocalSession, RemoteSession, 0x11, 0x21);

    /// <summary>The other end of the same wire, for a QEMU or a qemu-l2tp there.</summary>
    public string FarNetdev => Options(Remote, Local, RemotePort, LocalPort, RemoteSession, LocalSession, 0x21, 0x11);

    /// <summary>What the Linux peer needs, as lines for <c>ip -batch</c>.</summary>
    public IEnumerable<string> PeerCommands()
    {
        string ports = Udp ? $"udp udp_sport {RemotePort} udp_dport {LocalPort}" : "ip";
        yield return $"l2tp add tunnel tunnel_id {RemoteSession} peer_tunnel_id {LocalSession} encap {ports} local {Remote} remote {Local}";
        string cookies = CookieBytes == 0 ? "" : $" cookie {Cookie(0x11)} peer_cookie {Cookie(0x21)}";
        string sublayer = Counter ? "" : " l2spec_type none";
        yield return $"l2tp add session name {PeerInterface} tunnel_id {RemoteSession} session_id {RemoteSession} peer_session_id {LocalSession}{cookies}{sublayer}";
        // As QEMU's manual does: full frames inside, fragments outside.
        yield return $"link set {PeerInterface} mtu 1500 up";
        yield return $"address add {PeerAddress}/24 dev {PeerInterface}";
        yield return $"address add {PeerAddress6}/64 dev {PeerInterface}";
    }

    /// <summary>What the guest needs, as lines for <c>ip -batch</c>; the same for both ends of a wire between guests.</summary>
    public IEnumerable<string> GuestCommands(bool far = false, int mtu = 1500)
    {
        int host = far ? 2 : 1;
        yield return $"link set {Nic} mtu {mtu} up";
        yield return $"address add 10.1.{Number}.{host}/24 dev {Nic}";
        yield return $"address add fd01:{Number}::{host}/64 dev {Nic}";
    }

    private string Options(string source, string target, int sourcePort, int targetPort, int receive, int transmit, byte receiveCookie, byte transmitCookie)
    {
        string text = $"l2tpv3,id={Id},src={source},dst={target},rxsession={receive},txsession={transmit}";
        text += Udp ? $",udp=on,srcport={sourcePort},dstport={targetPort}" : "";
        text += Ipv6 ? ",ipv6=on" : "";
        text += CookieBytes == 8 ? ",cookie64=on" : "";
        text += CookieBytes > 0 ? $",rxcookie=0x{Cookie(WrongCookie ? (byte)0x77 : receiveCookie)},txcookie=0x{Cookie(transmitCookie)}" : "";
        text += Counter ? ",counter=on" : "";
        return text + (Pinned ? ",pincounter=on" : "");
    }

    private string Cookie(byte first) =>
        string.Concat(Enumerable.Range(0, CookieBytes).Select(
            i => (i == CookieBytes - 1 ? Number : first + i).ToString("x2", CultureInfo.InvariantCulture)));
}
