using System.Net;
using System.Net.Sockets;
using System.Text;
using QemuL2tp.Linux;
using QemuL2tp.Options;
using static QemuL2tp.Linux.Glibc;
using static Tmds.Linux.LibC;

namespace QemuL2tp.Tunnel;

/// <summary>An end of a tunnel as the user writes it, and what is wrong with it whatever the network is and will be.</summary>
/// <param name="Name"><c>src</c> or <c>dst</c>.</param>
/// <param name="ErrorWord">What QEMU calls the error.</param>
/// <param name="Host">An address or a name.</param>
/// <param name="Port">A number or the name of a service; null with IP encapsulation.</param>
/// <param name="IsIPv6">Which family is wanted.</param>
internal sealed record TunnelEnd(string Name, string ErrorWord, string Host, string? Port, bool IsIPv6)
{
    /// <summary>IFNAMSIZ without the zero at the end.</summary>
    private const int LongestInterfaceName = 15;

    private const string NoService = "Servname not supported for ai_socktype";

    private string PortName => Name + "port";

    public static TunnelEnd Source(L2tpv3Options options) => new("src", "errno", options.Source, options.SourcePort, options.IPv6);

    public static TunnelEnd Destination(L2tpv3Options options) => new("dst", "error", options.Destination, options.DestinationPort, options.IPv6);

    /// <summary>All that neither time nor a name server mends, in the words that opening the tunnel has for it. Nobody is asked for a name.</summary>
    public static IEnumerable<UserErrorException> FindMistakes(L2tpv3Options options)
    {
        TunnelEnd source = Source(options), destination = Destination(options);
        return new[] { source.FindPortMistake(), source.FindHostMistake(), FindMappedSource(options), destination.FindPortMistake(), destination.FindHostMistake() }.OfType<UserErrorException>();
    }

    /// <summary>The error for an IPv4 address in an IPv6 one, which a raw socket cannot be bound to (Linux, <c>rawv6_bind</c>); null when it is another.</summary>
    public static UserErrorException? FindMappedSource(L2tpv3Options options) =>
        options is { Udp: false, IPv6: true } && IPAddress.TryParse(options.Source, out IPAddress? address) && address.IsIPv4MappedToIPv6
            ? new UserErrorException(
                $"could not bind socket err={EADDRNOTAVAIL}: src={options.Source} is the IPv4 address {address.MapToIPv4()}", $"Leave out ipv6, and write src={address.MapToIPv4()}; dst must be IPv4 as well.")
            {
                Option = "src",
                Value = options.Source,
            }
            : null;

    /// <summary>The error when the end has no address.</summary>
    /// <param name="error">What <c>gai_strerror</c> says.</param>
    public UserErrorException Unresolved(string error) => FindPortMistake() ?? FindHostMistake() ?? UnresolvedHost(error, isNotThereYet: true);

    private UserErrorException? FindPortMistake() => Port is null || UdpService.FindPort(Port) is not null
        ? null
        : new UserErrorException($"could not resolve {Name}, {ErrorWord} = {NoService}", $"{PortName}={Port} must be a number from 1 to 65535 or a UDP service name")
        {
            Option = PortName,
            Value = Port,
        };

    private UserErrorException? FindHostMistake()
    {
        int zone = Host.IndexOf('%', StringComparison.Ordinal);
        AddressFamily wanted = IsIPv6 ? AddressFamily.InterNetworkV6 : AddressFamily.InterNetwork;
        bool isAddress = IPAddress.TryParse(zone < 0 ? Host : Host.AsSpan(0, zone), out IPAddress? address);
        if (zone < 0 && isAddress && address!.AddressFamily == wanted)
            return null;
        addrinfo numeric = new() { ai_flags = AI_NUMERICHOST, ai_family = IsIPv6 ? AF_INET6 : AF_INET, ai_socktype = SOCK_DGRAM };
        if (getaddrinfo(Host, null, numeric, out string error).Length > 0)
            return null;
        bool mayCome = isAddress ? zone >= 0 && IsIPv6 && address!.AddressFamily == wanted && IsInterfaceName(Host[(zone + 1)..]) : IsHostName(Host);
        return mayCome ? null : UnresolvedHost(error, isNotThereYet: false);
    }

    private UserErrorException UnresolvedHost(string error, bool isNotThereYet) => new($"could not resolve {Name}, {ErrorWord} = {error}", Remedies.Resolve(Name, Host, IsIPv6, isNotThereYet))
    {
        Option = Name,
        Value = Host,
        IsNotThereYet = isNotThereYet,
    };

    /// <summary>Names that the kernel gives to interfaces (<c>dev_valid_name</c>; with a <c>%</c> it makes a name of its own), and numbers.</summary>
    private static bool IsInterfaceName(string text) =>
        text.Length > 0 && Encoding.UTF8.GetByteCount(text) <= LongestInterfaceName && text is not ("." or "..") && !text.Any(each => each is '/' or ':' or '%' || char.IsWhiteSpace(each) || char.IsControl(each));

    /// <summary>
    /// Labels of letters, digits and hyphens (RFC 1123, 2.1), underscores, which the hosts of many have, and what is no ASCII, which this
    /// host's own table may have. With digits and dots alone it is an address or nothing.
    /// </summary>
    private static bool IsHostName(string text) =>
        text.Length > 0 && text[0] != '.' && !text.Contains("..", StringComparison.Ordinal) && !text.All(each => char.IsAsciiDigit(each) || each == '.')
        && text.All(each => char.IsAscii(each) ? char.IsAsciiLetterOrDigit(each) || each is '-' or '_' or '.' : !char.IsWhiteSpace(each) && !char.IsControl(each));
}
