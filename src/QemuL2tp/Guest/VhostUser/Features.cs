using QemuL2tp.Options;

namespace QemuL2tp.Guest.VhostUser;

/// <summary>
/// What is offered to the front end. Depends on <c>x-offload-tx</c> and <c>x-offload-rx</c>, and never on the machine or on what happens: QEMU
/// drops a back end that offers less after a reconnect than the guest has acknowledged.
/// </summary>
internal static class Features
{
    public const int MaxQueuePairs = 8;

    // Virtio feature bits (virtio 1.3, 5.1.3 and 6; vhost-user for 26 and 30).
    public const ulong Checksum = 1UL << 0;
    public const ulong GuestChecksum = 1UL << 1;
    public const ulong ControlGuestOffloads = 1UL << 2;
    public const ulong Mtu = 1UL << 3;
    public const ulong GuestTso4 = 1UL << 7;
    public const ulong GuestTso6 = 1UL << 8;
    public const ulong GuestEcn = 1UL << 9;
    public const ulong HostTso4 = 1UL << 11;
    public const ulong HostTso6 = 1UL << 12;
    public const ulong HostEcn = 1UL << 13;
    public const ulong MergeableBuffers = 1UL << 15;
    public const ulong GuestAnnounce = 1UL << 21;
    public const ulong MultiQueue = 1UL << 22;
    public const ulong LogAll = 1UL << 26;
    public const ulong AnyLayout = 1UL << 27;
    public const ulong IndirectDescriptors = 1UL << 28;
    public const ulong EventIndex = 1UL << 29;
    public const ulong ProtocolFeatures = 1UL << 30;
    public const ulong Version1 = 1UL << 32;
    public const ulong PackedRing = 1UL << 34;
    public const ulong InOrder = 1UL << 35;
    public const ulong GuestUso4 = 1UL << 54;
    public const ulong GuestUso6 = 1UL << 55;
    public const ulong HostUso = 1UL << 56;

    /// <summary>Checksums and segmentation of what the guest sends (<c>x-offload-tx</c>).</summary>
    public const ulong OffloadsFromGuest = Checksum | HostTso4 | HostTso6 | HostEcn | HostUso;

    /// <summary>Checksums and segments of what the guest receives (<c>x-offload-rx</c>).</summary>
    public const ulong OffloadsToGuest = GuestChecksum | GuestTso4 | GuestTso6 | GuestEcn | GuestUso4 | GuestUso6;

    /// <summary>All virtio features that may be offered.</summary>
    public const ulong All = OffloadsFromGuest | OffloadsToGuest | Mtu | MergeableBuffers | GuestAnnounce | MultiQueue | LogAll | AnyLayout | IndirectDescriptors
        | EventIndex | ProtocolFeatures | Version1 | PackedRing | InOrder;

    /// <summary>
    /// Virtio features that change no frame and no ring, and that a front end serves by itself: CTRL_GUEST_OFFLOADS, MAC, STATUS,
    /// CTRL_VQ, CTRL_RX, CTRL_VLAN, CTRL_RX_EXTRA, CTRL_MAC_ADDR, VQ_NOTF_COAL, NOTF_COAL, STANDBY, SPEED_DUPLEX. QEMU keeps them
    /// to itself; other front ends acknowledge them here too.
    /// </summary>
    public const ulong OfFrontEnd = ControlGuestOffloads | 1UL << 5 | 1UL << 16 | 1UL << 17 | 1UL << 18 | 1UL << 19 | 1UL << 20 | 1UL << 23
        | 1UL << 52 | 1UL << 53 | 1UL << 62 | 1UL << 63;

    /// <summary>The virtio features that are offered.</summary>
    /// <param name="options">The switches.</param>
    public static ulong Offered(FrontendOptions options) =>
        All & ~((options.OffloadsFromGuest ? 0 : OffloadsFromGuest) | (options.OffloadsToGuest ? 0 : OffloadsToGuest));

    // Protocol feature bits (vhost-user, "Protocol features").
    public const ulong ProtocolMultiQueue = 1UL << 0;
    public const ulong ProtocolLogShmFd = 1UL << 1;
    public const ulong ProtocolRarp = 1UL << 2;
    public const ulong ProtocolReplyAck = 1UL << 3;
    public const ulong ProtocolNetMtu = 1UL << 4;
    public const ulong ProtocolConfigureMemSlots = 1UL << 15;

    /// <summary>All protocol features offered.</summary>
    public const ulong OfferedProtocol = ProtocolMultiQueue | ProtocolLogShmFd | ProtocolRarp | ProtocolReplyAck | ProtocolNetMtu
        | ProtocolConfigureMemSlots;
}
