using QemuL2tp.Options;

namespace QemuL2tp.Peers;

/// <summary>What no peer could match, whatever it is.</summary>
internal static class CommonRules
{
    /// <exception cref="UserErrorException">For the first of them.</exception>
    public static void Check(L2tpv3Options ours)
    {
        foreach ((string name, string value) in new[] { ("src", ours.Source), ("dst", ours.Destination) })
            CheckAddress(ours, name, value);
        foreach ((string name, string? port) in new[] { ("srcport", ours.SourcePort), ("dstport", ours.DestinationPort) })
        {
            if (port == "0")
                throw new UserErrorException($"no peer can match '{name}=0'", "Both ends must know the port: write a number from 1 to 65535.") { Option = name, Value = port };
        }

        if (ours is { ReceiveCookieSize: 4, ReceiveCookie: > uint.MaxValue })
        {
            throw new UserErrorException(
                $"no peer can match 'rxcookie=0x{ours.ReceiveCookie:x}'",
                "It is wider than 32 bits and never equals a received cookie of 4 bytes: add cookie64=on, or shorten it.")
            {
                Option = "rxcookie",
                Value = $"0x{ours.ReceiveCookie:x}",
            };
        }
    }

    /// <summary>Two sessions of one tunnel are told apart by their IDs, in each direction.</summary>
    /// <exception cref="UserErrorException">An earlier one has the same.</exception>
    public static void CheckSession(PeerRequest request)
    {
        L2tpv3Options ours = request.Ours;
        foreach (PeerRequest earlier in request.Earlier.Where(earlier => (earlier.TunnelOwner ?? earlier) == request.TunnelOwner))
        {
            if (earlier.Ours.TransmitSession == ours.TransmitSession)
                throw Twice("txsession", ours.TransmitSession, earlier.Ours.Id);
            if (earlier.Ours.ReceiveSession == ours.ReceiveSession)
                throw Twice("rxsession", ours.ReceiveSession, earlier.Ours.Id);
        }
    }

    private static UserErrorException Twice(string name, uint session, string other) => new(
        FormattableString.Invariant($"no peer can match '{name}={session}', which '{other}' has too, between the same addresses"),
        $"Write a session ID of its own in {name}, at both ends.")
    {
        Option = name,
        Value = FormattableString.Invariant($"{session}"),
    };

    private static void CheckAddress(L2tpv3Options ours, string name, string value)
    {
        bool isNumeric = IPText.TryParse(value, out string address);
        if (value.Length == 0 || IPText.IsAny(address))
            throw new UserErrorException($"no peer can match '{name}={value}'", $"It stands for any address: write the one that {(name == "src" ? "our packets come from" : "the peer has")}.") { Option = name, Value = value };
        if (isNumeric && IPText.IsIPv6(address) != ours.IPv6)
        {
            // QEMU's message, for this end would not start.
            throw new UserErrorException(
                $"could not resolve {name}, errno = Address family for hostname not supported",
                ours.IPv6 ? $"'{name}={value}' is an IPv4 address: leave out ipv6, or write an IPv6 address." : $"'{name}={value}' is an IPv6 address: add ipv6=on, or write an IPv4 address.")
            {
                Option = name,
                Value = value,
            };
        }
    }
}
