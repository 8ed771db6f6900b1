using Tmds.Linux;
using static QemuL2tp.Linux.Glibc;
using static Tmds.Linux.LibC;

namespace QemuL2tp.Datagrams;

/// <summary>What the kernel says beside a received message.</summary>
internal unsafe struct ReceiveControl
{
    /// <summary>Room for both control messages and one that nobody asked for, in bytes.</summary>
    public const int Space = 96;

    /// <summary>UDP_GRO: bytes of each datagram in the message but the last, which may be shorter; 0: it is one datagram.</summary>
    public int SegmentLength;

    /// <summary>SO_RXQ_OVFL: datagrams that did not find room in the receive buffer, since the socket was opened, modulo 2^32.</summary>
    public uint Dropped;

    /// <summary>Whether <see cref="Dropped"/> was said.</summary>
    public bool HasDropped;

    /// <summary>Reads the control messages: struct cmsghdr and its payload each, at multiples of 8 bytes.</summary>
    public static ReceiveControl Read(msghdr* message)
    {
        ReceiveControl control = default;
        byte* at = (byte*)message->msg_control;
        nuint left = message->msg_controllen;
        while (left >= (nuint)sizeof(cmsghdr) + sizeof(uint))
        {
            var header = (cmsghdr*)at;
            if (header->cmsg_len < (nuint)sizeof(cmsghdr) + sizeof(uint) || header->cmsg_len > left)
                break;
            uint value = *(uint*)CMSG_DATA(header);
            if (header->cmsg_level == IPPROTO_UDP && header->cmsg_type == UDP_GRO)
                control.SegmentLength = (int)value;
            else if (header->cmsg_level == SOL_SOCKET && header->cmsg_type == SO_RXQ_OVFL)
                (control.Dropped, control.HasDropped) = (value, true);
            nuint step = (header->cmsg_len + 7) & ~(nuint)7;
            if (step >= left)
                break;
            at += step;
            left -= step;
        }

        return control;
    }
}
