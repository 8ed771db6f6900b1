using System.Runtime.CompilerServices;

namespace QemuL2tp.Packets;

/// <summary>The addresses, protocol and ports of TCP segments and UDP datagrams: what tells flows apart.</summary>
internal struct Flow
{
    private ulong _source;
    private ulong _sourceRest;
    private ulong _destination;
    private ulong _destinationRest;
    private uint _ports;
    private ushort _kind;

    /// <summary>Equal for equal flows.</summary>
    public readonly int Hash
    {
        get
        {
            ulong mixed = (_source ^ _sourceRest ^ ((_destination ^ _destinationRest) << 1) ^ ((ulong)_ports << 32) ^ _kind) * 0x9e37_79b9_7f4a_7c15;
            return (int)(mixed >> 40);
        }
    }

    /// <param name="start">The frame's headers in one piece.</param>
    /// <param name="headers">Where they are.</param>
    public static unsafe Flow Of(byte* start, in PacketHeaders headers)
    {
        byte* ip = start + headers.NetworkOffset;
        Flow flow = default;
        if (headers.IsIPv6)
        {
            flow._source = Unsafe.ReadUnaligned<ulong>(ip + 8);
            flow._sourceRest = Unsafe.ReadUnaligned<ulong>(ip + 16);
            flow._destination = Unsafe.ReadUnaligned<ulong>(ip + 24);
            flow._destinationRest = Unsafe.ReadUnaligned<ulong>(ip + 32);
        }
        else
        {
            flow._source = Unsafe.ReadUnaligned<uint>(ip + 12);
            flow._destination = Unsafe.ReadUnaligned<uint>(ip + 16);
        }

        flow._ports = Unsafe.ReadUnaligned<uint>(start + headers.TransportOffset);
        flow._kind = (ushort)(headers.Protocol | (headers.IsIPv6 ? 0x100 : 0));
        return flow;
    }

    // The ports first: they differ soonest.
    public readonly bool IsSameAs(in Flow other) =>
        _ports == other._ports && _kind == other._kind && _source == other._source && _destination == other._destination
        && _sourceRest == other._sourceRest && _destinationRest == other._destinationRest;
}
