using QemuL2tp.Frames;

namespace QemuL2tp.Forwarding;

/// <summary>Why a frame was dropped and the remedy, in words for a person.</summary>
internal static class DropReasonText
{
    public static string For(FrameVerdict verdict) => verdict switch
    {
        FrameVerdict.LinkDown => "the link was switched off; set_link switches it on",
        FrameVerdict.RuntFrame => "the guest sent less than an Ethernet header (14 bytes)",
        FrameVerdict.BadLength => "a record longer than 65535 bytes; is it really a QEMU stream netdev that connects here?",
        FrameVerdict.IncompleteFrame => "QEMU went away in the middle of a frame",
        FrameVerdict.FrameTooLong => "header and frame exceed one IP packet (65535 bytes); lower the MTU in the guest",
        FrameVerdict.NoVirtioHeader => "the guest's buffer is shorter than the virtio-net header",
        FrameVerdict.OffloadNotNegotiated => "the guest asks for a checksum or for segmentation that was not offered to it",
        FrameVerdict.TooManyFragments => "the guest's frame lies in more pieces than a batch holds",
        FrameVerdict.QueueDisabled => "the guest sends on a queue that it has not enabled",
        FrameVerdict.GivenBack => "its ring stopped before it was sent; it comes again when the ring goes on",
        FrameVerdict.TunnelNotReady => "the pseudowire waits for an address, an interface or a name that is not there yet",
        FrameVerdict.Unreachable => "no route to the peer; check dst and this host's routes (sending goes on)",
        FrameVerdict.SendForbidden => "this host forbids sending it; check the firewall rules for output",
        FrameVerdict.SendQueueFull => "the network device's queue is full; the link is slower than the guest",
        FrameVerdict.MessageTooBig => "too big for one packet; lower the MTU",
        FrameVerdict.SendFailed => "the kernel refused to send it",
        FrameVerdict.ReceiveBufferFull => "the socket's receive buffer was full; the peer sends faster than the guest takes, or raise net.core.rmem_max",
        FrameVerdict.Truncated => "the datagram was longer than the receive buffer",
        FrameVerdict.BadIpHeader => "not a valid IPv4 header",
        FrameVerdict.TooShort => "shorter than the configured header; do cookie size, counter and offset match the peer's?",
        FrameVerdict.ControlMessage => "an L2TPv3 control message; the peer must use a static (unmanaged) session",
        FrameVerdict.WrongSession => "not the rxsession of any pseudowire here; it must be the session ID that the peer sends",
        FrameVerdict.WrongCookie => "not our rxcookie; it must be the cookie that the peer sends, of the same size (cookie64)",
        FrameVerdict.UnexpectedSource => "right session and cookie, but not from dst (and dstport); if that is intended, x-strict-source=off accepts any sender as QEMU does",
        FrameVerdict.VccvPacket => "a VCCV control packet; switch VCCV off at the peer",
        FrameVerdict.Duplicate => "its number arrived before; the network duplicates packets",
        FrameVerdict.Late => "its number was given up; a larger x-reorder-window or x-reorder-hold waits longer, x-reorder-late=deliver delivers it",
        FrameVerdict.EmptyFrame => "nothing follows the header",
        FrameVerdict.GuestNotConnected => "no QEMU is connected",
        FrameVerdict.GuestNotReady => "the guest's driver is not ready to receive",
        FrameVerdict.NoReceiveBuffer => "the guest provides no receive buffers; is its interface up?",
        FrameVerdict.ReceiveBufferTooSmall => "longer than the guest's receive buffers; mrg_rxbuf=on in QEMU lifts that limit",
        FrameVerdict.GuestTooSlow => "the guest takes its frames too slowly, and others of the same tunnel do not wait for it",
        FrameVerdict.AboveMtu => "longer than host_mtu in QEMU allows; lower the MTU at the peer",
        _ => throw new ArgumentOutOfRangeException(nameof(verdict), verdict, null),
    };
}
