using QemuL2tp.Guest.VhostUser.Ring;

namespace QemuL2tp.Guest.VhostUser;

/// <summary>The path of the frames through the device, as the protocol sees it.</summary>
internal interface IDevicePath : IRingOwner
{
    /// <summary>SEND_RARP: a migrated guest is here now; the network is to learn where its address is.</summary>
    /// <param name="address">Ethernet address, 48 bits, the first byte on the wire uppermost.</param>
    void SendRarp(ulong address);
}
