namespace QemuL2tp.Guest;

/// <summary>Whether QEMU is there.</summary>
internal enum GuestPresence
{
    NotConnected,

    /// <summary>Datagrams only: frames come from it, and none was sent to it yet.</summary>
    Heard,

    /// <summary>Connected, or reached by datagrams.</summary>
    Connected,
}
