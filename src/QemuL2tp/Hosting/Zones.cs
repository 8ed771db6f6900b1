using System.Net;
using QemuL2tp.Options;

namespace QemuL2tp.Hosting;

/// <summary>Link-local IPv6 addresses (fe80::/10), which every interface has: the zone says on which one, as in <c>fe80::1%eth0</c>.</summary>
internal static class Zones
{
    private const string Table = "/proc/thread-self/net/if_inet6";

    /// <summary>The error for an address whose zone is missing; null when none is. With a zone in <c>src</c>, <c>dst</c> needs none.</summary>
    public static UserErrorException? FindMissing(L2tpv3Options options)
    {
        if (!options.IPv6)
            return null;
        if (Lacks(options.Source))
            return Missing("src", options.Source);
        return Lacks(options.Destination) && !options.Source.Contains('%', StringComparison.Ordinal) ? Missing("dst", options.Destination) : null;
    }

    private static bool Lacks(string host) =>
        !host.Contains('%', StringComparison.Ordinal) && IPAddress.TryParse(host, out IPAddress? address) && address.IsIPv6LinkLocal;

    private static UserErrorException Missing(string key, string host)
    {
        (IPAddress Address, string Interface)[] own = Own();
        string[] names = [.. own.Where(each => key == "src" && each.Address.Equals(IPAddress.Parse(host))).Select(each => each.Interface).Distinct()];
        if (names.Length == 0)
            names = [.. own.Select(each => each.Interface).Distinct()];
        string written = string.Join(" or ", (names.Length == 0 ? ["eth0"] : names).Select(name => $"{key}={host}%{name}"));
        return new UserErrorException($"{key}={host} is a link-local address without a zone", $"Write the interface behind it: {written}.") { Option = key, Value = host };
    }

    /// <summary>This host's link-local addresses, each with the name of its interface: 32 digits, index, prefix, scope, flags, name.</summary>
    private static (IPAddress Address, string Interface)[] Own()
    {
        if (!File.Exists(Table))
            return [];
        return [.. File.ReadLines(Table)
            .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Select(fields => (Address: new IPAddress(Convert.FromHexString(fields[0])), Interface: fields[^1]))
            .Where(each => each.Address.IsIPv6LinkLocal)];
    }
}
