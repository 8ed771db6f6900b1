using QemuL2tp.Integration.Peers;

namespace QemuL2tp.Integration.Performance;

/// <summary>What the guest's TCP ends in.</summary>
internal interface IGuestTcpPeer : IDisposable
{
    /// <summary>On the outer network.</summary>
    string Address { get; }

    /// <summary>A pseudowire to it.</summary>
    Wire WireOf(int index);

    /// <summary>Sets up its ends of the wires.</summary>
    void Open(IReadOnlyList<Wire> wires);

    /// <summary>Has iperf3 listen at one of its addresses.</summary>
    void Serve(string address);
}
