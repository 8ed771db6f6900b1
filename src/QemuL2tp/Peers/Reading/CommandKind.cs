namespace QemuL2tp.Peers.Reading;

/// <summary>The programs that make a pseudowire.</summary>
internal enum CommandKind
{
    /// <summary>None of them.</summary>
    Other,

    /// <summary>iproute2's <c>ip l2tp</c>, or <c>l2tpv3tun</c>, which has the same words.</summary>
    IpL2tp,

    /// <summary>NetBSD's <c>ifconfig</c>.</summary>
    Ifconfig,
}
