using QemuL2tp.Frames;

namespace QemuL2tp.Forwarding;

/// <summary>A reason to drop a frame, in words for a person.</summary>
/// <param name="Verdict">Its name is the counter, the label and the test case.</param>
/// <param name="Meaning">What has happened, a phrase without a full stop.</param>
/// <param name="Remedy">What to do about it.</param>
internal sealed record DropReason(FrameVerdict Verdict, string Meaning, string Remedy)
{
    /// <summary>Both, as the log has it.</summary>
    public string Text => $"{Meaning}; {Remedy}";
}

/// <summary>Every reason to drop a frame. Log, help, manual page and qemu-scripts/guide/numbers.md take their words from here.</summary>
internal static class DropReasons
{
    private const string Unasked = "update the guest's driver; x-offload-tx=off keeps it from asking";

    public static IReadOnlyList<DropReason> All { get; } =
    [
        new(FrameVerdict.LinkDown, "the link was switched off", "set_link switches it on"),
        new(FrameVerdict.RuntFrame, "the guest sent less than an Ethernet header (14 bytes)", "look for what makes such frames in the guest"),
        new(FrameVerdict.BadLength, "a record longer than 65535 bytes", "is it really a QEMU stream netdev that connects here?"),
        new(FrameVerdict.IncompleteFrame, "QEMU went away in the middle of a frame", "nothing to do, unless QEMU crashed"),
        new(FrameVerdict.FrameTooLong, "header and frame exceed one IP packet (65535 bytes)", "lower the MTU in the guest"),
        new(FrameVerdict.NoVirtioHeader, "the guest's buffer is shorter than the virtio-net header", "the guest's driver is at fault: update it"),
        new(FrameVerdict.OffloadNotNegotiated, "the guest asks for a checksum or for segmentation that was not offered to it", "the guest's driver is at fault: update it"),
        new(FrameVerdict.BadOffloadHeaders, "the guest asks for segmentation or a checksum of a frame whose headers are wrong", Unasked),
        new(FrameVerdict.BadSegmentType, "the guest asks for a kind of segmentation that does not fit the frame", Unasked),
        new(FrameVerdict.BadSegmentSize, "the guest asks for segments of an impossible size", Unasked),
        new(FrameVerdict.TooManySegments, "the guest asks for more segments than one frame may become", Unasked),
        new(FrameVerdict.BadChecksumPlace, "the guest asks for a checksum where there is none", Unasked),
        new(FrameVerdict.TooManyFragments, "the guest's frame lies in more than 1023 pieces", "the guest's driver is at fault: update it"),
        new(FrameVerdict.QueueDisabled, "the guest sends on a queue that it has not enabled", "enable it in the guest (ethtool -L), or update the driver"),
        new(FrameVerdict.GivenBack, "its ring stopped before it was sent", "nothing to do: it comes again when the ring goes on"),
        new(FrameVerdict.PartlySent, "its ring stopped when a part of it was sent", "nothing to do: the guest's TCP sends the rest again"),
        new(FrameVerdict.TunnelNotReady, "the pseudowire waits for an address, an interface or a name that is not there yet", "waits-for in the statistics says which"),
        new(FrameVerdict.Unreachable, "no route to the peer, or src is not on this host now", "check dst, src and this host's routes (sending goes on)"),
        new(FrameVerdict.SendForbidden, "this host forbids sending it", "check the firewall rules for output"),
        new(FrameVerdict.SendQueueFull, "the network device's queue is full", "the link is slower than the guest: slow the guest down, or raise txqueuelen"),
        new(FrameVerdict.MessageTooBig, "too big for one packet", "lower the MTU"),
        new(FrameVerdict.SendFailed, "the kernel refused to send it", "look at the kernel's log and at the interface toward the peer"),
        new(FrameVerdict.ReceiveBufferFull, "the socket's receive buffer was full", "the peer sends faster than the guest takes, or raise net.core.rmem_max"),
        new(FrameVerdict.Truncated, "the datagram was longer than the receive buffer", "lower the MTU at the peer"),
        new(FrameVerdict.BadIpHeader, "not a valid IPv4 header", "look at what sends to this host (tcpdump proto 115)"),
        new(FrameVerdict.TooShort, "shorter than the configured header", "do cookie size, counter and offset match the peer's?"),
        new(FrameVerdict.ControlMessage, "an L2TPv3 control message", "the peer must use a static (unmanaged) session"),
        new(FrameVerdict.WrongSession, "not the rxsession of any pseudowire here", "it must be the session ID that the peer sends"),
        new(FrameVerdict.WrongCookie, "not our rxcookie", "it must be the cookie that the peer sends, of the same size (cookie64)"),
        new(FrameVerdict.UnexpectedSource, "right session and cookie, but not from dst (and dstport)", "if that is intended, x-strict-source=off accepts any sender as QEMU does"),
        new(FrameVerdict.VccvPacket, "a VCCV control packet", "switch VCCV off at the peer"),
        new(FrameVerdict.Duplicate, "its number arrived before", "nothing to do: the network duplicates packets"),
        new(FrameVerdict.Late, "its number was given up", "a larger x-reorder-window or x-reorder-hold waits longer, x-reorder-late=deliver delivers it"),
        new(FrameVerdict.EmptyFrame, "nothing follows the header", "nothing to do where the peer sends keep-alives; else compare counter and cookie size with the peer's"),
        new(FrameVerdict.GuestNotConnected, "no QEMU is connected", "start QEMU with the printed arguments"),
        new(FrameVerdict.GuestNotReady, "the guest's driver is not ready to receive", "set the guest's interface up"),
        new(FrameVerdict.NoReceiveBuffer, "the guest provides no receive buffers", "is its interface up?"),
        new(FrameVerdict.GuestTooSlow, "the guest takes its frames too slowly, and others of the same tunnel do not wait for it", "give the guest more processor time, or slow the peer down"),
        new(FrameVerdict.ReceiveBufferTooSmall, "longer than the guest's receive buffers", "mrg_rxbuf=on in QEMU lifts that limit"),
        new(FrameVerdict.AboveMtu, "longer than host_mtu in QEMU allows", "lower the MTU at the peer"),
    ];

    /// <summary>The words for a reason.</summary>
    public static DropReason For(FrameVerdict verdict)
    {
        foreach (DropReason reason in All)
        {
            if (reason.Verdict == verdict)
                return reason;
        }

        throw new ArgumentOutOfRangeException(nameof(verdict), verdict, null);
    }
}
