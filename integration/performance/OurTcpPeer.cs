using QemuL2tp.Integration.Peers;

namespace QemuL2tp.Integration.Performance;

/// <summary>Another qemu-l2tp, in a namespace behind a veth pair, and the network stack of that namespace in the place of its guest.</summary>
internal sealed class OurTcpPeer : IGuestTcpPeer
{
    private readonly Stack<IDisposable> _toDispose = [];

    public string Address => HostNetwork.FarAddress;

    public Wire WireOf(int index) => VhostUserWires.Of(214 + index) with { Remote = Address };

    public void Open(IReadOnlyList<Wire> wires)
    {
        QemuL2tpBackEnd far = Keep(new QemuL2tpBackEnd("tcp-far", wires) { VhostUser = true, Far = true, NetworkNamespace = HostNetwork.FarNamespace });
        far.Start();
        foreach (Wire wire in wires)
            Keep(VhostTap.Start(far.SocketOf(wire), wire.PeerInterface, wire.PeerAddress, wire.Mtu, HostNetwork.FarNamespace));
    }

    public void Serve(string address)
    {
        Child server = Keep(Child.Start($"iperf3-{address}", "iperf3", ["--server", "--forceflush", "--bind", address], HostNetwork.FarNamespace));
        Until.True(() => server.Output.Contains("listening", StringComparison.Ordinal) || !server.Running, () => $"{server.Name} listens");
    }

    public void Dispose()
    {
        while (_toDispose.TryPop(out IDisposable? thing))
            thing.Dispose();
    }

    private T Keep<T>(T thing)
        where T : IDisposable
    {
        _toDispose.Push(thing);
        return thing;
    }
}
