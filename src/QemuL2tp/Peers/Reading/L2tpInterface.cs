using System.Globalization;
using QemuL2tp.Options;

namespace QemuL2tp.Peers.Reading;

/// <summary>One l2tp(4) interface, as one ifconfig after the other makes it.</summary>
internal sealed class L2tpInterface(string name)
{
    private int _line;
    private (string Local, string Remote)? _tunnel;
    private (uint Local, uint Remote)? _session;
    private (int LocalSize, ulong Local, int RemoteSize, ulong Remote) _cookie;

    public string Name => name;

    /// <summary>Whether anything of a pseudowire was said.</summary>
    public bool IsPseudowire => _tunnel is not null || _session is not null || _cookie.LocalSize > 0;

    /// <summary>Takes the words behind the interface's name; those that have nothing to do with L2TP are passed over.</summary>
    /// <exception cref="UserErrorException">One of those that have is wrong.</exception>
    public void Take(int line, ReadOnlySpan<string> words)
    {
        _line = line;
        for (int i = 0; i < words.Length; i++)
        {
            ReadOnlySpan<string> values = words[(i + 1)..];
            switch (words[i])
            {
                case "tunnel":
                    Require(values, 2, "tunnel LOCAL-ADDRESS REMOTE-ADDRESS");
                    _tunnel = (Address(values[0]), Address(values[1]));
                    i += 2;
                    break;
                case "session":
                    Require(values, 2, "session LOCAL-ID REMOTE-ID");
                    _session = (Session(values[0]), Session(values[1]));
                    i += 2;
                    break;
                case "cookie":
                    Require(values, 4, "cookie LOCAL-LENGTH LOCAL REMOTE-LENGTH REMOTE");
                    _cookie = (Size(values[0]), Cookie(values[1]), Size(values[2]), Cookie(values[3]));
                    i += 4;
                    break;
                case "deletetunnel":
                    _tunnel = null;
                    break;
                case "deletesession":
                    _session = null;
                    break;
                case "deletecookie":
                    _cookie = default;
                    break;
            }
        }
    }

    /// <summary>Local values are what NetBSD expects, remote ones what it sends.</summary>
    /// <exception cref="UserErrorException">Something is missing, or nothing could match it.</exception>
    public L2tpv3Options End()
    {
        (string local, string remote) = _tunnel ?? throw Error($"{name} has no tunnel", $"Add ifconfig {name} tunnel LOCAL-ADDRESS REMOTE-ADDRESS.");
        (uint localSession, uint remoteSession) = _session ?? throw Error($"{name} has no session", $"Add ifconfig {name} session LOCAL-ID REMOTE-ID.");
        if (IPText.IsIPv6(local) != IPText.IsIPv6(remote))
            throw Error($"'tunnel {local} {remote}' has two families", "Write two IPv4 or two IPv6 addresses.");
        if (_cookie is { LocalSize: 4, Local: > uint.MaxValue })
            throw Error($"a local cookie of 4 bytes never equals {_cookie.Local}", "Choose one up to 4294967295, or length 8.");
        return new L2tpv3Options
        {
            Id = name,
            Source = local,
            Destination = remote,
            IPv6 = IPText.IsIPv6(local),
            TransmitSession = remoteSession,
            ReceiveSession = localSession,
            TransmitCookieSize = _cookie.RemoteSize,
            TransmitCookie = _cookie.RemoteSize == 4 ? (uint)_cookie.Remote : _cookie.Remote,
            ReceiveCookieSize = _cookie.LocalSize,
            ReceiveCookie = _cookie.Local,
        };
    }

    private void Require(ReadOnlySpan<string> values, int count, string form)
    {
        if (values.Length < count)
            throw Error($"'{form.Split(' ')[0]}' has too few values", $"Write ifconfig {name} {form}.");
    }

    private string Address(string text) =>
        IPText.TryParseHost(text, out string address)
            ? address
            : throw Error($"'{text}' is not the address of a host", "Write an IPv4 or IPv6 address in numbers.");

    private uint Session(string text) =>
        uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out uint value) && value > 0
            ? value
            : throw Error($"'session {text}' is not understood", "Write numbers from 1 to 4294967295, which NetBSD reads in decimal only.");

    private int Size(string text) =>
        text is "4" or "8" ? text[0] - '0' : throw Error($"a cookie of '{text}' bytes is not understood", "Write 4 or 8.");

    private ulong Cookie(string text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long value) && value > 0
            ? (ulong)value
            : throw Error($"'cookie {text}' is not understood", "Write numbers from 1 to 9223372036854775807, which NetBSD reads in decimal only.");

    private UserErrorException Error(string message, string remedy) => new(FormattableString.Invariant($"line {_line}: {message}"), remedy);
}
