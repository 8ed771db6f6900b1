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

    /// <summary>The wire whose tunnel it is a further session of; null: it has one of its own.</summary>
    public int? TunnelOf { get; init; }

    /// <summary>The UDP port at both ends in place of two of its own.</summary>
    public int? Port { get; init; }

    /// <summary>What our side expects in place of the cookie that the peer sends; to see it fail.</summary>
    public bool WrongCookie { get; init; }

    /// <summary>Length of the cookie that our side expects and the peer sends.</summary>
    public int ReceiveCookieBytes { get; init; } = CookieBytes;

    /// <summary>Length of the cookie that our side sends and the peer expects.</summary>
    public int TransmitCookieBytes { get; init; } = CookieBytes;

    /// <summary>First byte of the cookie that the peer sends; another one is another cookie.</summary>
    public byte ReceiveCookieStart { get; init; } = 0x11;

    /// <summary>What follows <c>seq</c> in the peer's session: <c>none</c>, <c>send</c>, <c>recv</c> or <c>both</c>.</summary>
    public string Sequencing { get; init; } = "none";

    /// <summary>The MTU of both inner interfaces; 1500 as in QEMU's manual: full frames inside, fragments outside.</summary>
    public int Mtu { get; init; } = 1500;

    /// <summary>Options of qemu-l2tp that QEMU does not know, each with a comma in front.</summary>
    public string MoreOptions { get; init; } = "";

    /// <summary>The same wire for a qemu-l2tp that has a relay on the loopback between itself and the far end.</summary>
    public Wire BehindRelay => this with { Local = "127.0.0.1", Remote = "127.0.0.1" };

    public string GuestAddress => $"10.1.{Number}.1";

    public string PeerAddress => $"10.1.{Number}.2";

    public string PeerAddress6 => $"fd01:{Number}::2";

    public int LocalPort => Port ?? 20000 + Tunnel;

    public int RemotePort => Port ?? 30000 + Tunnel;

    public int LocalSession => 1000 + Number;

    public int RemoteSession => 2000 + Number;

    /// <summary>Bytes in front of the frame in what our side sends over UDP: flags and version, session, cookie, counter.</summary>
    public int HeaderBytes => 8 + TransmitCookieBytes + (Counter ? 4 : 0);

    private int Tunnel => TunnelOf ?? Number;

    /// <summary>The tunnel's number at the peer.</summary>
    private int RemoteTunnel => 2000 + Tunnel;

    /// <summary>What follows <c>-netdev</c>, in QEMU's words.</summary>
    public string Netdev => Options(
        (Local, LocalPort, LocalSession, ReceiveCookie),
        (Remote, RemotePort, RemoteSession, TransmitCookie));

    /// <summary>The other end of the same wire, for a QEMU or a qemu-l2tp there.</summary>
    public string FarNetdev => Options(
        (Remote, RemotePort, RemoteSession, TransmitCookie),
        (Local, LocalPort, LocalSession, ReceiveCookie));

    /// <summary>The cookie that the peer sends, in hexadecimal digits.</summary>
    public string ReceiveCookie => Cookie(ReceiveCookieStart, ReceiveCookieBytes);

    private string TransmitCookie => Cookie(0x21, TransmitCookieBytes);

    /// <summary>The peer's tunnel, as a line for <c>ip -batch</c>.</summary>
    public string AddTunnel =>
        $"l2tp add tunnel tunnel_id {RemoteTunnel} peer_tunnel_id {1000 + Tunnel} encap "
        + (Udp ? $"udp udp_sport {RemotePort} udp_dport {LocalPort}" : "ip")
        + $" local {Remote} remote {Local}";

    public string DeleteSession => $"l2tp del session tunnel_id {RemoteTunnel} session_id {RemoteSession}";

    /// <summary>The peer's session, as lines for <c>ip -batch</c>.</summary>
    public IEnumerable<string> AddSession()
    {
        string cookies = ReceiveCookieBytes == 0 ? "" : $" cookie {ReceiveCookie}";
        cookies += TransmitCookieBytes == 0 ? "" : $" peer_cookie {TransmitCookie}";
        string sublayer = Counter ? $" seq {Sequencing}" : " l2spec_type none";
        yield return $"l2tp add session name {PeerInterface} tunnel_id {RemoteTunnel} session_id {RemoteSession} peer_session_id {LocalSession}{cookies}{sublayer}";
        yield return $"link set {PeerInterface} mtu {Mtu} up";
    }

    /// <summary>What the Linux peer needs, as lines for <c>ip -batch</c>.</summary>
    public IEnumerable<string> PeerCommands()
    {
        if (TunnelOf is null)
        {
            yield return AddTunnel;
        }

        foreach (string line in AddSession())
        {
            yield return line;
        }

        foreach (string line in AddAddresses())
        {
            yield return line;
        }
    }

    /// <summary>The peer's inner addresses, as lines for <c>ip -batch</c>.</summary>
    public IEnumerable<string> AddAddresses()
    {
        yield return $"address add {PeerAddress}/24 dev {PeerInterface}";
        yield return $"address add {PeerAddress6}/64 dev {PeerInterface} nodad";
    }

    /// <summary>What the guest needs, as lines for <c>ip -batch</c>; the same for both ends of a wire between guests.</summary>
    public IEnumerable<string> GuestCommands(bool far = false)
    {
        int host = far ? 2 : 1;
        yield return $"link set {Nic} mtu {Mtu} up";
        yield return $"address add 10.1.{Number}.{host}/24 dev {Nic}";
        yield return $"address add fd01:{Number}::{host}/64 dev {Nic} nodad";
    }

    private string Options((string Address, int Port, int Session, string Cookie) our, (string Address, int Port, int Session, string Cookie) their)
    {
        string text = $"l2tpv3,id={Id},src={our.Address},dst={their.Address},rxsession={our.Session},txsession={their.Session}";
        text += Udp ? $",udp=on,srcport={our.Port},dstport={their.Port}" : "";
        text += Ipv6 ? ",ipv6=on" : "";
        if (our.Cookie.Length != their.Cookie.Length)
        {
            text += $",x-rxcookie-size={our.Cookie.Length / 2},x-txcookie-size={their.Cookie.Length / 2}";
        }
        else if (our.Cookie.Length == 16)
        {
            text += ",cookie64=on";
        }

        text += our.Cookie.Length > 0 ? $",rxcookie=0x{(WrongCookie ? Cookie(0x77, our.Cookie.Length / 2) : our.Cookie)}" : "";
        text += their.Cookie.Length > 0 ? $",txcookie=0x{their.Cookie}" : "";
        text += Counter ? ",counter=on" : "";
        return text + (Pinned ? ",pincounter=on" : "") + MoreOptions;
    }

    private string Cookie(byte first, int bytes) =>
        string.Concat(Enumerable.Range(0, bytes).Select(
            i => (i == bytes - 1 ? Number : first + i).ToString("x2", CultureInfo.InvariantCulture)));
}
