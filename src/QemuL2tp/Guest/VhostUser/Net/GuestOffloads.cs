using QemuL2tp.Frames;
using QemuL2tp.Packets;

namespace QemuL2tp.Guest.VhostUser.Net;

/// <summary>What the guest's driver takes besides plain frames, of which it verifies the checksums itself.</summary>
/// <param name="Features">What was negotiated.</param>
internal readonly record struct GuestOffloads(ulong Features)
{
    /// <summary>
    /// Anything at all. A driver that may change its mind at any time (CTRL_GUEST_OFFLOADS) tells the front end, which does not tell us, so it gets
    /// plain frames.
    /// </summary>
    public bool IsAny => (Features & (VhostUser.Features.GuestChecksum | VhostUser.Features.ControlGuestOffloads)) == VhostUser.Features.GuestChecksum;

    /// <summary>The kinds of super-frames. Of UDP both or none, as in Linux.</summary>
    public GsoTypes Types => !IsAny
        ? GsoTypes.None
        : (Has(VhostUser.Features.GuestTso4) ? GsoTypes.Tcp4 : 0)
            | (Has(VhostUser.Features.GuestTso6) ? GsoTypes.Tcp6 : 0)
            | (Has(VhostUser.Features.GuestUso4 | VhostUser.Features.GuestUso6) ? GsoTypes.Udp4 | GsoTypes.Udp6 : 0);

    /// <summary>Whether a frame may be delivered, which was made when another driver may have been there.</summary>
    public bool Takes(OffloadKind kind) => kind switch
    {
        OffloadKind.Tcp4 => (Types & GsoTypes.Tcp4) != 0,
        OffloadKind.Tcp6 => (Types & GsoTypes.Tcp6) != 0,
        OffloadKind.Udp => (Types & GsoTypes.Udp4) != 0,
        _ => true,
    };

    private bool Has(ulong features) => (Features & features) == features;
}
