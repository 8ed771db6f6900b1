namespace QemuL2tp.Frames;

/// <summary>
/// What became of a frame. Every member but <see cref="Accept"/> is a reason to drop it, and its name is the
/// counter, the text in the statistics and the test case.
/// </summary>
public enum FrameVerdict : byte
{
    /// <summary>Goes on along the road.</summary>
    Accept,

    // Both directions.

    /// <summary>The pseudowire was switched off (<c>set_link</c>).</summary>
    LinkDown,

    // GuestToTunnel: what the guest port refuses.

    /// <summary>The guest sent less than an Ethernet header, which has 14 bytes.</summary>
    RuntFrame,

    /// <summary>A record length above what the port takes; the connection that sent it was closed.</summary>
    BadLength,

    /// <summary>The connection ended in the middle of this frame.</summary>
    IncompleteFrame,

    /// <summary>L2TPv3 header and frame together exceed what one IP packet can carry.</summary>
    FrameTooLong,

    /// <summary>vhost-user: the guest's buffer is shorter than the virtio-net header.</summary>
    NoVirtioHeader,

    /// <summary>
    /// vhost-user: the frame asks for a checksum or for segmentation, which was not negotiated. To the guest: segments were put together for
    /// a driver that another one has replaced.
    /// </summary>
    OffloadNotNegotiated,

    /// <summary>vhost-user: the headers of a frame that asks for segmentation or a checksum are cut off, malformed, too long, or not those of TCP or UDP.</summary>
    BadOffloadHeaders,

    /// <summary>vhost-user: the kind of segmentation (<c>gso_type</c>) is unknown, or is not that of the frame's headers.</summary>
    BadSegmentType,

    /// <summary>vhost-user: the bytes of a segment (<c>gso_size</c>) are 0, or more than a packet has room for.</summary>
    BadSegmentSize,

    /// <summary>vhost-user: the frame would be cut into more segments than a batch holds, or into more than 128 datagrams.</summary>
    TooManySegments,

    /// <summary>vhost-user: the place of the checksum (<c>csum_start</c>, <c>csum_offset</c>) is outside of the frame, or not that of its headers; or segmentation without a checksum.</summary>
    BadChecksumPlace,

    /// <summary>vhost-user: the frame lies in more pieces than a batch holds (1023).</summary>
    TooManyFragments,

    /// <summary>vhost-user: sent on a queue that the driver has not enabled.</summary>
    QueueDisabled,

    /// <summary>
    /// vhost-user: the ring stopped, or its memory changed, before the frame was sent. The buffer was given back: the frame
    /// comes again when the ring goes on.
    /// </summary>
    GivenBack,

    /// <summary>vhost-user: the ring stopped when the first segments of a frame were sent. The rest is not, and the buffer counts as used.</summary>
    PartlySent,

    // GuestToTunnel: what the network refuses.

    /// <summary>The pseudowire waits for its local address, for an interface, or for a name that does not resolve yet.</summary>
    TunnelNotReady,

    /// <summary>No route to the peer, or the network is down (EHOSTUNREACH, ENETUNREACH, ENETDOWN).</summary>
    Unreachable,

    /// <summary>A firewall rule of this host forbids sending (EPERM, EACCES).</summary>
    SendForbidden,

    /// <summary>The queue of the network device is full (ENOBUFS, ENOMEM).</summary>
    SendQueueFull,

    /// <summary>The outer packet, or the datagram to QEMU, is too big (EMSGSIZE).</summary>
    MessageTooBig,

    /// <summary>Any other error of the send call.</summary>
    SendFailed,

    // TunnelToGuest.

    /// <summary>
    /// The kernel dropped the datagram because the socket's receive buffer was full, or its UDP checksum was wrong
    /// (SO_RXQ_OVFL tells both as one); datagrams that it had put together count as one.
    /// </summary>
    ReceiveBufferFull,

    /// <summary>The datagram is longer than the receive buffer and was cut by the kernel.</summary>
    Truncated,

    /// <summary>Raw IPv4 only: the IP header is not one, or claims to be longer than the packet.</summary>
    BadIpHeader,

    /// <summary>The datagram is shorter than the L2TPv3 header: as configured for its session, or too short to have a session ID.</summary>
    TooShort,

    /// <summary>A control message: T bit over UDP (RFC 3931, 3.2.1), session 0 over IP (RFC 3931, 4.1.1.2).</summary>
    ControlMessage,

    /// <summary>The session ID is not the <c>rxsession</c> of any pseudowire of the tunnel.</summary>
    WrongSession,

    /// <summary>The cookie is not <c>rxcookie</c>.</summary>
    WrongCookie,

    /// <summary>Session and cookie are right, but the sender is not <c>dst</c> (and <c>dstport</c>). From the guest, dgram: not the front end's <c>remote</c>.</summary>
    UnexpectedSource,

    /// <summary>A VCCV control packet (V bit, RFC 5085), which is no Ethernet frame.</summary>
    VccvPacket,

    /// <summary>The number arrived before (with <c>x-reorder-window</c>).</summary>
    Duplicate,

    /// <summary>The number was given up before it arrived (with <c>x-reorder-late=drop</c>).</summary>
    Late,

    /// <summary>Nothing follows the header.</summary>
    EmptyFrame,

    /// <summary>No QEMU is connected; dgram: it is not there.</summary>
    GuestNotConnected,

    /// <summary>vhost-user: QEMU is connected, but the guest's driver has no receive queue started and enabled.</summary>
    GuestNotReady,

    /// <summary>vhost-user: the guest has provided no receive buffer for a quarter of a second.</summary>
    NoReceiveBuffer,

    /// <summary>
    /// The guest takes nothing, and what the tunnel keeps for it (1024 frames, 1 MiB) is full. Only where pseudowires share a tunnel; a single
    /// one leaves such frames with the kernel.
    /// </summary>
    GuestTooSlow,

    /// <summary>vhost-user without mergeable buffers: longer than the buffer that the guest has provided.</summary>
    ReceiveBufferTooSmall,

    /// <summary>vhost-user: longer than the MTU that QEMU has set (<c>host_mtu</c>) allows.</summary>
    AboveMtu,
}
