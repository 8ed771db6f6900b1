using QemuL2tp.Frames;

namespace QemuL2tp.Guest;

/// <summary>
/// QEMU's end of a pseudowire, whatever it speaks: at most one connection at a time, any number one after the other. Where
/// there are datagrams and no connection, "connected" means that QEMU is there as far as is known.
/// </summary>
internal interface IGuestPort : IFramePort
{
    /// <summary>Connections so far; with datagrams, times that QEMU was found to be there after it was not.</summary>
    long Connections { get; }

    /// <summary>Connections closed at once because another one stood.</summary>
    long ConnectionsRefused { get; }

    bool IsConnected { get; }

    /// <summary>The TCP port that is listened at, which the kernel chooses where the option says 0; null: at none.</summary>
    int? ListeningPort => null;

    /// <summary>Called on the worker's thread when QEMU has connected, never when there is no connection.</summary>
    Action? Connected { get; set; }

    /// <summary>The same when a connection has ended; the argument says whether another can follow.</summary>
    Action<bool>? Disconnected { get; set; }

    /// <summary>Whether QEMU is there, as far as is known. For any thread.</summary>
    GuestPresence Presence => IsConnected ? GuestPresence.Connected : GuestPresence.NotConnected;

    /// <summary>What a person would call the place where QEMU is, or is waited for. For any thread.</summary>
    string Place { get; }
}
