namespace QemuL2tp.Integration.Peers;

/// <summary>The guest's driver of a virtio NIC.</summary>
internal static class Driver
{
    /// <summary>Takes the device away from the driver and gives it back; the interface is a new one, without addresses.</summary>
    public static void Reload(Vm guest, Wire wire) => guest.Run($"""
        set -e
        device=$(basename $(readlink /sys/class/net/{wire.Nic}/device))
        echo $device >/sys/bus/virtio/drivers/virtio_net/unbind
        echo $device >/sys/bus/virtio/drivers/virtio_net/bind
        name-interfaces
        """);
}
