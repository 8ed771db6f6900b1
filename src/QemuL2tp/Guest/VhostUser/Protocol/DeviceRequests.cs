using System.Buffers.Binary;
using QemuL2tp.Guest.VhostUser.Memory;
using QemuL2tp.Guest.VhostUser.Ring;

namespace QemuL2tp.Guest.VhostUser.Protocol;

/// <summary>The requests about the device as a whole.</summary>
internal sealed class DeviceRequests(VhostUserDevice device)
{
    /// <summary>What every IPv4 host must be able to carry (RFC 791).</summary>
    private const ulong MinMtu = 68;

    /// <summary>Frames of 65000 bytes at most, with an Ethernet header and two VLAN tags.</summary>
    private const ulong MaxMtu = 65000 - 14 - 8;

    public Outcome SetFeatures(ulong features)
    {
        ulong unknown = features & ~(device.Offered | Features.OfFrontEnd);
        if (unknown != 0)
            return Outcome.Broken($"not offered: {FeatureNames.Of(unknown)}");
        ulong changed = (features ^ device.Features) & device.Offered & ~Features.LogAll;
        if (changed != 0 && device.IsRunning)
            return Outcome.Broken($"may not change while a ring is started: {FeatureNames.Of(changed)}");
        if (changed != 0)
        {
            // Other features are another driver's, which begins with rings of its own.
            foreach (Vring ring in device.Rings)
                ring.Renew();
        }

        device.Features = features;
        device.ApplyLog();
        foreach (Vring ring in device.Rings)
        {
            // A front end without protocol features cannot enable rings (vhost-user, "Ring states").
            if ((features & Features.ProtocolFeatures) == 0)
                ring.IsEnabled = true;
            _ = ring.TryStart(features);
        }

        return Outcome.Done;
    }

    public Outcome SetProtocolFeatures(ulong features)
    {
        ulong unknown = features & ~Features.OfferedProtocol;
        if (unknown != 0)
            return Outcome.Broken($"not offered: {FeatureNames.OfProtocol(unknown)}");
        device.ProtocolFeatures = features;
        return Outcome.Done;
    }

    public Outcome SetLogBase(ulong size, ulong offset, int descriptor)
    {
        DirtyLog? log = DirtyLog.TryMap(size, offset, descriptor, out string? reason);
        // QEMU does not look at the value of the answer and would migrate a guest whose writes are lost.
        if (log is null)
            return Outcome.Broken(reason!);
        device.SetLog(log);
        return Outcome.Answered(0);
    }

    public Outcome SetMtu(ulong mtu)
    {
        if (mtu is < MinMtu or > MaxMtu)
            return Outcome.From($"the MTU {mtu} is not in {MinMtu}..{MaxMtu}");
        device.Mtu = (int)mtu;
        return Outcome.Done;
    }

    public Outcome SendRarp(ReadOnlySpan<byte> address)
    {
        device.Path.SendRarp(BinaryPrimitives.ReadUInt64BigEndian(address) >> 16);
        return Outcome.Done;
    }
}
