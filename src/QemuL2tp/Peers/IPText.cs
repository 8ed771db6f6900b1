using System.Net;
using QemuL2tp.Options;

namespace QemuL2tp.Peers;

/// <summary>Addresses as text; host names are left to those who can look them up.</summary>
internal static class IPText
{
    /// <summary>Reads an address in numbers.</summary>
    /// <param name="text">IPv4 or IPv6; one with a zone, which means something on one host only, is none.</param>
    /// <param name="address">Its usual spelling.</param>
    public static bool TryParse(string text, out string address)
    {
        bool isAddress = IPAddress.TryParse(text, out IPAddress? parsed) && !text.AsSpan().ContainsAny("%[]/ ");
        address = isAddress ? parsed!.ToString() : "";
        return isAddress;
    }

    /// <summary>Reads the address of one host, not that which stands for any or for a group.</summary>
    public static bool TryParseHost(string text, out string address) => TryParse(text, out address) && !IsAny(address) && L2tpv3AddressRules.Group(address) is null;

    public static bool IsAny(string address) => address is "0.0.0.0" or "::";

    /// <summary>True for fe80::/10, without a zone.</summary>
    public static bool IsLinkLocal(string address) => IPAddress.TryParse(address, out IPAddress? parsed) && parsed.IsIPv6LinkLocal;

    /// <summary>The text up to its zone (<c>%eth0</c>), which means something on one host only.</summary>
    public static string WithoutZone(string text) => text.Split('%')[0];

    public static bool IsIPv6(string address) => address.Contains(':');
}
