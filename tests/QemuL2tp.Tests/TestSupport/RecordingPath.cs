using QemuL2tp.Guest.VhostUser;
using QemuL2tp.Guest.VhostUser.Ring;

namespace QemuL2tp.Tests.TestSupport;

/// <summary>A path that carries no frames and remembers what it was told.</summary>
internal sealed class RecordingPath : IDevicePath
{
    public List<int> LetGoOf { get; } = [];

    public List<int> Kicked { get; } = [];

    public List<ulong> Rarps { get; } = [];

    public int RingsChanged { get; private set; }

    public void LetGo(Vring ring) => LetGoOf.Add(ring.Index);

    public void OnKick(Vring ring) => Kicked.Add(ring.Index);

    /// <summary>How often a ring lacked nothing but memory.</summary>
    public int MemoryMissing { get; private set; }

    public void OnMemoryMissing() => MemoryMissing++;

    public void OnChanged(Vring ring) => RingsChanged++;

    public List<(int Ring, RingFault Fault)> Broken { get; } = [];

    public void OnBroken(Vring ring, RingFault fault) => Broken.Add((ring.Index, fault));

    public void SendRarp(ulong address) => Rarps.Add(address);
}
