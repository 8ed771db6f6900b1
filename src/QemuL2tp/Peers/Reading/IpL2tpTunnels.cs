using QemuL2tp.Options;

namespace QemuL2tp.Peers.Reading;

/// <summary>
/// Finds the tunnel of each session. One ID may be given to several tunnels of a text: in functions of a script of which one is
/// run, in namespaces, on hosts.
/// </summary>
internal sealed class IpL2tpTunnels
{
    private readonly IpL2tpArguments[] _added;
    private readonly Dictionary<IpL2tpArguments, uint> _ids = [];
    private readonly Dictionary<(string Tunnel, uint Session), IpL2tpArguments> _sessions = [];
    private readonly HashSet<(string Place, string Text)> _used = [];

    /// <param name="added">Tunnels and sessions in their order.</param>
    /// <exception cref="UserErrorException">A tunnel has no ID.</exception>
    public IpL2tpTunnels(IpL2tpArguments[] added)
    {
        _added = added;
        foreach (IpL2tpArguments tunnel in added.Where(one => one.IsTunnel))
            _ids[tunnel] = tunnel.Number("tunnel_id");
    }

    /// <summary>The nearest above it in the same function, namespace or host; the only one, wherever in the script it is.</summary>
    /// <exception cref="UserErrorException">There is none, or which one is not certain.</exception>
    public IpL2tpArguments Of(IpL2tpArguments session)
    {
        uint id = session.Number("tunnel_id");
        string place = session.Command.Place;
        IpL2tpArguments[] here = [.. _ids.Where(pair => pair.Value == id && pair.Key.Command.Place == place).Select(pair => pair.Key)];
        if (here.Length == 0)
        {
            string elsewhere = _ids.FirstOrDefault(pair => pair.Value == id).Key is { } other ? FormattableString.Invariant($"; that of line {other.Line} is{(other.Command.Place.Length == 0 ? " elsewhere" : Place.Phrase(other.Command.Place))}") : "";
            throw session.Error($"there is no tunnel with 'tunnel_id {id}' for this session{Place.Phrase(place)}{elsewhere}", $"Add the line ip l2tp add tunnel tunnel_id {id} ... that made it.");
        }

        IpL2tpArguments tunnel = _added.TakeWhile(one => one != session).LastOrDefault(one => here.Contains(one) && one.Command.Scope.Function == session.Command.Scope.Function)
            ?? (here.All(one => one.Text == here[0].Text) ? here[0] : null)
            ?? throw session.Error(
                $"there are {here.Length} tunnels with 'tunnel_id {id}', in lines {string.Join(" and ", here.Select(one => one.Line))}, and none is above this session in the same function",
                "Give it the commands of one of them, or put the session below its tunnel.");
        _used.Add((place, tunnel.Text));
        RefuseSecond(tunnel, session);
        return tunnel;
    }

    /// <exception cref="UserErrorException">A tunnel has none.</exception>
    public void RequireSessions()
    {
        foreach ((IpL2tpArguments tunnel, uint id) in _ids)
        {
            string place = tunnel.Command.Place;
            if (_used.Contains((place, tunnel.Text)))
                continue;
            IpL2tpArguments? other = _ids.FirstOrDefault(pair => pair.Value == id && pair.Key.Command.Place == place && pair.Key != tunnel).Key;
            throw other is null
                ? tunnel.Error($"tunnel {id} has no session{Place.Phrase(place)}", $"Add the line ip l2tp add session tunnel_id {id} ... that belongs to it.")
                : tunnel.Error($"tunnel {id} has no session{Place.Phrase(place)}: the tunnel of line {other.Line} has the same 'tunnel_id {id}', and is nearer to them", "Give it the commands of one of the two.");
        }
    }

    private void RefuseSecond(IpL2tpArguments tunnel, IpL2tpArguments session)
    {
        var key = ($"{tunnel.Command.Place}\n{tunnel.Command.Scope.Function}\n{tunnel.Text}", session.Number("session_id"));
        if (!_sessions.TryAdd(key, session) && _sessions[key].Text != session.Text)
        {
            throw session.Error(
                $"session {key.Item2} of tunnel {_ids[tunnel]} is there twice, with other words in line {_sessions[key].Line}",
                "Leave out the one that does not count.");
        }
    }
}
