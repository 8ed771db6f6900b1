using System.Globalization;
using QemuL2tp.Options;

namespace QemuL2tp.Peers;

/// <summary>The largest MTU inside of a pseudowire whose packets do not have to be fragmented outside.</summary>
internal static class InnerMtu
{
    public const int EthernetHeader = 14;

    private const int IPv4Header = 20;
    private const int IPv6Header = 40;
    private const int UdpHeader = 8;
    private const int UdpFirstWord = 4;
    private const int Session = 4;
    private const int Counter = 4;

    /// <summary>What every IPv4 host must be able to take (RFC 791).</summary>
    private const int Least = 68;

    /// <summary>Outer MTU less all headers; where the two directions have cookies of different length, the longer one counts.</summary>
    /// <exception cref="UserErrorException">Too little is left.</exception>
    public static int Of(PeerRequest request)
    {
        L2tpv3Options ours = request.Ours;
        int headers = (ours.IPv6 ? IPv6Header : IPv4Header)
            + (ours.Udp ? UdpHeader + UdpFirstWord : 0)
            + Session
            + Math.Max(ours.TransmitCookieSize, ours.ReceiveCookieSize)
            + (ours.Counter ? Counter : 0)
            + ours.Offset
            + EthernetHeader;
        return request.OuterMtu - headers >= Least
            ? request.OuterMtu - headers
            : throw new UserErrorException(
                string.Create(CultureInfo.InvariantCulture, $"'--mtu {request.OuterMtu}' is too small"),
                string.Create(CultureInfo.InvariantCulture, $"All headers together have {headers} bytes: write a number of {headers + Least} or more, 1500 for example."))
            {
                Option = "--mtu",
                Value = FormattableString.Invariant($"{request.OuterMtu}"),
            };
    }

    /// <summary>What a person has to know about the number above.</summary>
    public static string Note(PeerRequest request) => string.Create(
        CultureInfo.InvariantCulture,
        $"MTU {Of(request)} keeps the packets outside within {request.OuterMtu} bytes: give the guest the same, 4 less with VLANs; more works, in fragments");
}
