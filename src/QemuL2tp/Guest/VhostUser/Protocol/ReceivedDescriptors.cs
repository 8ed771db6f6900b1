using static Tmds.Linux.LibC;

namespace QemuL2tp.Guest.VhostUser.Protocol;

/// <summary>The descriptors that came with a message; owned until they are taken.</summary>
internal sealed class ReceivedDescriptors
{
    private readonly List<int> _descriptors = [];

    public int Count => _descriptors.Count;

    public void Add(int descriptor) => _descriptors.Add(descriptor);

    /// <summary>The first one, which belongs to the caller from now on.</summary>
    public int Take()
    {
        int first = _descriptors[0];
        _descriptors.RemoveAt(0);
        return first;
    }

    /// <summary>Closes those that nobody took.</summary>
    public void Clear()
    {
        foreach (int descriptor in _descriptors)
            _ = close(descriptor);
        _descriptors.Clear();
    }
}
