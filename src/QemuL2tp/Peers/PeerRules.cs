using System.Globalization;
using QemuL2tp.Options;

namespace QemuL2tp.Peers;

/// <summary>What one kind of peer has no way to say. Each error names our option, its value and the remedy.</summary>
/// <param name="peer">Its name, to begin a sentence with.</param>
/// <param name="request">What it is asked for.</param>
internal sealed class PeerRules(string peer, PeerRequest request)
{
    private readonly L2tpv3Options _ours = request.Ours;

    /// <param name="option">Our option.</param>
    /// <param name="value">Its value.</param>
    /// <param name="remedy">What to write instead.</param>
    /// <param name="others">What of ours goes with it.</param>
    public UserErrorException Refused(string option, string value, string remedy, string others = "") =>
        new($"{peer} cannot match '{option}={value}{others}'", remedy) { Option = option, Value = value };

    public void NoOffset()
    {
        if (_ours.Offset != 0)
            throw Refused("offset", FormattableString.Invariant($"{_ours.Offset}"), "It has nothing between header and frame: leave out offset.");
    }

    /// <summary>Session IDs of both directions from 1 on.</summary>
    /// <param name="most">The largest that it takes.</param>
    public void Sessions(uint most = uint.MaxValue)
    {
        foreach ((string name, uint value) in new[] { ("txsession", _ours.TransmitSession), ("rxsession", _ours.ReceiveSession) })
        {
            if (value == 0 || value > most)
                throw Refused(name, FormattableString.Invariant($"{value}"), string.Create(CultureInfo.InvariantCulture, $"Write a session ID from 1 to {most} at both ends."));
        }
    }

    /// <summary>Over IP a session ID says which session it is, whatever the tunnel: each of a host needs its own.</summary>
    public void SessionOfHost()
    {
        if (request.Earlier.FirstOrDefault(other => !other.Ours.Udp && !_ours.Udp && HasSessionOf(other)) is { } same)
        {
            throw Refused(
                "txsession",
                FormattableString.Invariant($"{_ours.TransmitSession}"),
                $"'{same.Ours.Id}' has it too, and with IP encapsulation every session of a host needs an ID of its own: write another one, there as rxsession.");
        }
    }

    private bool HasSessionOf(PeerRequest other) =>
        other.Ours.Destination == _ours.Destination && other.Ours.TransmitSession == _ours.TransmitSession;

    /// <summary>Both addresses in numbers, as the other end has them.</summary>
    public (string Local, string Remote) Addresses() => (Address("dst", _ours.Destination), Address("src", _ours.Source));

    /// <summary>Both UDP ports in numbers, as the other end has them.</summary>
    public (string Local, string Remote) Ports() => (Port("dstport", _ours.DestinationPort!), Port("srcport", _ours.SourcePort!));

    public void NoUdp()
    {
        if (_ours.Udp)
            throw Refused("udp", "on", "It has IP encapsulation only: leave out udp, srcport and dstport.");
    }

    /// <summary>No cookie in either direction.</summary>
    public void NoCookies(string remedy)
    {
        if (_ours.TransmitCookieSize > 0)
            throw Refused("txcookie", NetdevWriter.Cookie(_ours.TransmitCookie, _ours.TransmitCookieSize), remedy);
        if (_ours.ReceiveCookieSize > 0)
            throw Refused("rxcookie", NetdevWriter.Cookie(_ours.ReceiveCookie, _ours.ReceiveCookieSize), remedy);
    }

    /// <summary>Cookies of the same length in both directions, or none.</summary>
    public void EqualCookies()
    {
        if (_ours.TransmitCookieSize != _ours.ReceiveCookieSize)
        {
            throw Refused(
                "x-txcookie-size",
                FormattableString.Invariant($"{_ours.TransmitCookieSize}"),
                "It has one length for both directions: leave both out and write cookie64=on for 8 bytes.",
                FormattableString.Invariant($",x-rxcookie-size={_ours.ReceiveCookieSize}"));
        }
    }

    private string Address(string name, string value) =>
        IPText.TryParse(value, out string address)
            ? address
            : throw Refused(name, value, value.Contains('%')
                ? "A zone behind % means something on one host only: write an address without one."
                : "It takes addresses in numbers only: write the address in place of the name.");

    private string Port(string name, string value) =>
        ushort.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out _)
            ? value
            : throw Refused(name, value, "It takes ports in numbers only: write the number in place of the service's name.");
}
