using System.Globalization;
using System.Net;

namespace QemuL2tp.Tunnel;

/// <summary>The IPv6 addresses of this host, as the kernel lists them (if_inet6 in proc(5)).</summary>
internal static class IPv6Table
{
    private const string Table = "/proc/thread-self/net/if_inet6";

    // <linux/if_addr.h>
    private const int DuplicateFound = 0x08; // IFA_F_DADFAILED
    private const int Tentative = 0x40; // IFA_F_TENTATIVE

    /// <summary>Every address, without its zone, and the name of its interface.</summary>
    public static IEnumerable<(IPAddress Address, string Interface)> All => Read().Select(row => (row.Address, row.Interface));

    /// <summary>Whether an address can be used, now or soon. One for which another host was found to have it cannot.</summary>
    /// <param name="text">With or without a zone; anything else is no such address.</param>
    /// <param name="isTentative">It cannot yet: duplicate address detection (RFC 4862, 5.4) is not over, which takes about a second.</param>
    public static bool IsListed(string text, out bool isTentative)
    {
        int[] flags = [.. FlagsOf(text).Where(each => (each & DuplicateFound) == 0)];
        isTentative = flags.Any(each => (each & Tentative) != 0);
        return flags.Length > 0;
    }

    /// <summary>Whether this host was given an address that another one on the link has.</summary>
    public static bool IsDuplicate(string text) => FlagsOf(text).Any(each => (each & DuplicateFound) != 0);

    private static IEnumerable<int> FlagsOf(string text) => IPAddress.TryParse(text.Split('%')[0], out IPAddress? address)
        ? Read().Where(row => row.Address.Equals(address)).Select(row => row.Flags)
        : [];

    /// <summary>32 digits, index, prefix, scope, flags, name.</summary>
    private static IEnumerable<(IPAddress Address, string Interface, int Flags)> Read() => !File.Exists(Table) ? [] : File.ReadLines(Table)
        .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        .Select(fields => (new IPAddress(Convert.FromHexString(fields[0])), fields[^1], int.Parse(fields[4], NumberStyles.HexNumber, CultureInfo.InvariantCulture)));
}
