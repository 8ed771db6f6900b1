using System.Net;

namespace QemuL2tp.Options;

/// <summary>Hosts as QEMU's convert_host_port (net/net.c) takes them: empty for any, an IPv4 address, or a name, which is not resolved here.</summary>
internal static class IPv4Host
{
    /// <param name="name">The option.</param>
    /// <param name="host">The host in its value.</param>
    /// <param name="written">The whole value; null: the host is.</param>
    /// <exception cref="UserErrorException">It is neither.</exception>
    public static string Check(string name, string host, string? written = null)
    {
        if (host.Length == 0 || IsAddress(host))
            return host;
        if (char.IsAsciiDigit(host[0]))
            throw Error($"host address '{host}' is not a valid IPv4 address", $"Write {name}= with an IPv4 address or a host name instead of '{name}={written ?? host}'.");
        if (host.Contains(':', StringComparison.Ordinal) || host[0] == '[')
            throw Error($"can't resolve host address '{host}'", $"'{name}={written ?? host}' looks like IPv6, which datagrams to QEMU do not have: use stream,addr.type=inet,addr.host=…,addr.port=…");
        return host;

        UserErrorException Error(string problem, string remedy) => new(problem, remedy) { Option = name, Value = written ?? host };
    }

    /// <summary>The address of an interface, which may not be a name.</summary>
    public static string CheckLocalAddress(string name, string host) => IsAddress(host)
        ? host
        : throw new UserErrorException($"localaddr '{host}' is not a valid IPv4 address", $"Write {name}= with the IPv4 address of the interface that the group is on, or leave it out.") { Option = name, Value = host };

    /// <summary>Whether a text is a multicast address; a name is not, whatever it resolves to.</summary>
    public static bool IsMulticast(string host) =>
        IsAddress(host) && (IPAddress.Parse(host).GetAddressBytes()[0] & 0xf0) == 0xe0;

    private static bool IsAddress(string host) => IPAddress.TryParse(host, out IPAddress? address) && address.GetAddressBytes().Length == 4;
}
