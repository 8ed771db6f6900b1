using System.Buffers.Binary;

namespace QemuL2tp.Tunnel;

/// <summary>The sessions of a tunnel by their ID, for one thread: a hash table with open addressing that is at most half full.</summary>
internal sealed class SessionTable
{
    private readonly List<TunnelSession> _all = [];
    private TunnelSession?[] _places = new TunnelSession?[2];

    /// <summary>In the order in which they came.</summary>
    public IReadOnlyList<TunnelSession> All => _all;

    /// <summary>The one that was found last.</summary>
    public TunnelSession? Last { get; private set; }

    /// <summary>Finds a session; packets mostly come in runs of one, and that costs a comparison.</summary>
    /// <param name="wireId">The four bytes of the session ID as they are in the packet.</param>
    public TunnelSession? Find(uint wireId)
    {
        if (Last is { } last && last.WireId == wireId)
            return last;
        for (int place = PlaceOf(wireId); _places[place] is { } session; place = Next(place))
        {
            if (session.WireId == wireId)
                return Last = session;
        }

        return null;
    }

    public void Add(TunnelSession session)
    {
        _all.Add(session);
        Rebuild();
    }

    public void Remove(TunnelSession session)
    {
        _ = _all.Remove(session);
        Rebuild();
    }

    private int PlaceOf(uint wireId) => (int)((BinaryPrimitives.ReverseEndianness(wireId) * 0x9e3779b1u) >> 7) & (_places.Length - 1);

    private int Next(int place) => (place + 1) & (_places.Length - 1);

    private void Rebuild()
    {
        Last = null;
        int size = 2;
        while (size < 2 * _all.Count)
            size *= 2;
        _places = new TunnelSession?[size];
        foreach (TunnelSession session in _all)
        {
            int place = PlaceOf(session.WireId);
            while (_places[place] is not null)
                place = Next(place);
            _places[place] = session;
        }
    }
}
