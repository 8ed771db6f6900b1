using System.Numerics;

namespace QemuL2tp.Guest.VhostUser;

/// <summary>The names of feature bits in the specifications, for a person.</summary>
internal static class FeatureNames
{
    /// <summary>Virtio 1.3, 5.1.3 and 6; vhost-user for 26 and 30.</summary>
    private static readonly Dictionary<int, string> s_names = new()
    {
        [0] = "VIRTIO_NET_F_CSUM",
        [1] = "VIRTIO_NET_F_GUEST_CSUM",
        [2] = "VIRTIO_NET_F_CTRL_GUEST_OFFLOADS",
        [3] = "VIRTIO_NET_F_MTU",
        [5] = "VIRTIO_NET_F_MAC",
        [6] = "VIRTIO_NET_F_GSO",
        [7] = "VIRTIO_NET_F_GUEST_TSO4",
        [8] = "VIRTIO_NET_F_GUEST_TSO6",
        [9] = "VIRTIO_NET_F_GUEST_ECN",
        [10] = "VIRTIO_NET_F_GUEST_UFO",
        [11] = "VIRTIO_NET_F_HOST_TSO4",
        [12] = "VIRTIO_NET_F_HOST_TSO6",
        [13] = "VIRTIO_NET_F_HOST_ECN",
        [14] = "VIRTIO_NET_F_HOST_UFO",
        [15] = "VIRTIO_NET_F_MRG_RXBUF",
        [16] = "VIRTIO_NET_F_STATUS",
        [17] = "VIRTIO_NET_F_CTRL_VQ",
        [18] = "VIRTIO_NET_F_CTRL_RX",
        [19] = "VIRTIO_NET_F_CTRL_VLAN",
        [20] = "VIRTIO_NET_F_CTRL_RX_EXTRA",
        [21] = "VIRTIO_NET_F_GUEST_ANNOUNCE",
        [22] = "VIRTIO_NET_F_MQ",
        [23] = "VIRTIO_NET_F_CTRL_MAC_ADDR",
        [24] = "VIRTIO_F_NOTIFY_ON_EMPTY",
        [26] = "VHOST_F_LOG_ALL",
        [27] = "VIRTIO_F_ANY_LAYOUT",
        [28] = "VIRTIO_F_INDIRECT_DESC",
        [29] = "VIRTIO_F_EVENT_IDX",
        [30] = "VHOST_USER_F_PROTOCOL_FEATURES",
        [32] = "VIRTIO_F_VERSION_1",
        [33] = "VIRTIO_F_ACCESS_PLATFORM",
        [34] = "VIRTIO_F_RING_PACKED",
        [35] = "VIRTIO_F_IN_ORDER",
        [36] = "VIRTIO_F_ORDER_PLATFORM",
        [37] = "VIRTIO_F_SR_IOV",
        [38] = "VIRTIO_F_NOTIFICATION_DATA",
        [39] = "VIRTIO_F_NOTIF_CONFIG_DATA",
        [40] = "VIRTIO_F_RING_RESET",
        [41] = "VIRTIO_F_ADMIN_VQ",
        [50] = "VIRTIO_NET_F_DEVICE_STATS",
        [51] = "VIRTIO_NET_F_HASH_TUNNEL",
        [52] = "VIRTIO_NET_F_VQ_NOTF_COAL",
        [53] = "VIRTIO_NET_F_NOTF_COAL",
        [54] = "VIRTIO_NET_F_GUEST_USO4",
        [55] = "VIRTIO_NET_F_GUEST_USO6",
        [56] = "VIRTIO_NET_F_HOST_USO",
        [57] = "VIRTIO_NET_F_HASH_REPORT",
        [59] = "VIRTIO_NET_F_GUEST_HDRLEN",
        [60] = "VIRTIO_NET_F_RSS",
        [61] = "VIRTIO_NET_F_RSC_EXT",
        [62] = "VIRTIO_NET_F_STANDBY",
        [63] = "VIRTIO_NET_F_SPEED_DUPLEX",
    };

    /// <summary>In the order of the bits (vhost-user, "Protocol features").</summary>
    private static readonly string[] s_protocolNames =
    [
        "MQ", "LOG_SHMFD", "RARP", "REPLY_ACK", "NET_MTU", "BACKEND_REQ", "CROSS_ENDIAN", "CRYPTO_SESSION", "PAGEFAULT", "CONFIG",
        "BACKEND_SEND_FD", "HOST_NOTIFIER", "INFLIGHT_SHMFD", "RESET_DEVICE", "INBAND_NOTIFICATIONS", "CONFIGURE_MEM_SLOTS",
        "STATUS", "XEN_MMAP", "SHARED_OBJECT", "DEVICE_STATE",
    ];

    /// <summary>All virtio features of a mask; a bit without a name by its number.</summary>
    public static string Of(ulong mask) => Join(mask, bit => s_names.GetValueOrDefault(bit));

    /// <summary>The same of protocol features.</summary>
    public static string OfProtocol(ulong mask) =>
        Join(mask, bit => bit < s_protocolNames.Length ? $"VHOST_USER_PROTOCOL_F_{s_protocolNames[bit]}" : null);

    private static string Join(ulong mask, Func<int, string?> nameOf)
    {
        List<string> names = [];
        for (; mask != 0; mask &= mask - 1)
        {
            int bit = BitOperations.TrailingZeroCount(mask);
            names.Add(nameOf(bit) ?? $"feature bit {bit}");
        }

        return string.Join(", ", names);
    }
}
