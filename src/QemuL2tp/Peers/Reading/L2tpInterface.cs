using QemuL2tp.Options;
using QemuL2tp.Peers.Reading.Shell;

namespace QemuL2tp.Peers.Reading;

/// <summary>A cookie of l2tp(4): lengths in bytes and values, local and remote.</summary>
internal readonly record struct L2tpCookie(int LocalSize, ulong Local, int RemoteSize, ulong Remote);

/// <summary>One l2tp(4) interface, as one ifconfig after the other makes it.</summary>
/// <param name="name">Its name.</param>
/// <param name="place">The host, as far as the text says it.</param>
internal sealed class L2tpInterface(string name, string place)
{
    private readonly Dictionary<string, ShellScope> _scopes = [];

    public string Name => name;

    public string Place => place;

    /// <summary>Where it was told something last.</summary>
    public int Line { get; set; }

    public (string Local, string Remote)? Tunnel { get; private set; }

    public (uint Local, uint Remote)? Session { get; private set; }

    public L2tpCookie? Cookie { get; private set; }

    /// <summary>Whether anything of a pseudowire was said.</summary>
    public bool IsPseudowire => Tunnel is not null || Session is not null || Cookie is not null;

    /// <summary>Whether it has no other value of this kind yet: a second one is another interface's, on another host.</summary>
    public bool CanHave((string, string) tunnel) => Tunnel is null || Tunnel == tunnel;

    /// <inheritdoc cref="CanHave(ValueTuple{string, string})"/>
    public bool CanHave((uint, uint) session) => Session is null || Session == session;

    /// <inheritdoc cref="CanHave(ValueTuple{string, string})"/>
    public bool CanHave(L2tpCookie cookie) => Cookie is null || Cookie == cookie;

    public void Set((string, string) tunnel, ShellScope scope) => (Tunnel, _scopes["tunnel"]) = (tunnel, scope);

    public void Set((uint, uint) session, ShellScope scope) => (Session, _scopes["session"]) = (session, scope);

    public void Set(L2tpCookie cookie, ShellScope scope) => (Cookie, _scopes["cookie"]) = (cookie, scope);

    /// <summary>Takes a value back; the part of a script that stops everything changes nothing about what another part has made.</summary>
    public void Delete(string keyword, ShellScope scope)
    {
        if (_scopes.TryGetValue(keyword, out ShellScope made) && made != scope)
            return;
        Tunnel = keyword == "tunnel" ? null : Tunnel;
        Session = keyword == "session" ? null : Session;
        Cookie = keyword == "cookie" ? null : Cookie;
    }

    /// <summary>Local values are what NetBSD expects, remote ones what it sends.</summary>
    /// <exception cref="UserErrorException">Something is missing, or nothing could match it.</exception>
    public L2tpv3Options End()
    {
        (string local, string remote) = Tunnel ?? throw Error($"{name} has no tunnel", $"Add ifconfig {name} tunnel LOCAL-ADDRESS REMOTE-ADDRESS.");
        (uint localSession, uint remoteSession) = Session ?? throw Error($"{name} has no session", $"Add ifconfig {name} session LOCAL-ID REMOTE-ID.");
        L2tpCookie cookie = Cookie ?? default;
        if (IPText.IsIPv6(local) != IPText.IsIPv6(remote))
            throw Error($"'tunnel {local} {remote}' has two families", "Write two IPv4 or two IPv6 addresses.");
        if (cookie is { LocalSize: 4, Local: > uint.MaxValue })
            throw Error($"a local cookie of 4 bytes never equals {cookie.Local}", "Choose one up to 4294967295, or length 8.");
        return new L2tpv3Options
        {
            Id = name,
            Source = local,
            Destination = remote,
            IPv6 = IPText.IsIPv6(local),
            TransmitSession = remoteSession,
            ReceiveSession = localSession,
            TransmitCookieSize = cookie.RemoteSize,
            TransmitCookie = cookie.RemoteSize == 4 ? (uint)cookie.Remote : cookie.Remote,
            ReceiveCookieSize = cookie.LocalSize,
            ReceiveCookie = cookie.Local,
        };
    }

    private UserErrorException Error(string message, string remedy) => new(FormattableString.Invariant($"line {Line}: {message}"), remedy);
}
