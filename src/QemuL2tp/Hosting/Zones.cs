using System.Net;
using QemuL2tp.Options;
using QemuL2tp.Tunnel;

namespace QemuL2tp.Hosting;

/// <summary>Link-local IPv6 addresses (fe80::/10), which every interface has: the zone says on which one, as in <c>fe80::1%eth0</c>.</summary>
internal static class Zones
{
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
        (IPAddress Address, string Interface)[] own = [.. IPv6Table.All.Where(each => each.Address.IsIPv6LinkLocal)];
        string[] names = [.. own.Where(each => key == "src" && each.Address.Equals(IPAddress.Parse(host))).Select(each => each.Interface).Distinct()];
        if (names.Length == 0)
            names = [.. own.Select(each => each.Interface).Distinct()];
        string written = string.Join(" or ", (names.Length == 0 ? ["eth0"] : names).Select(name => $"{key}={host}%{name}"));
        return new UserErrorException($"{key}={host} is a link-local address without a zone", $"Write the interface behind it: {written}.") { Option = key, Value = host };
    }
}
