using QemuL2tp.Frames;

namespace QemuL2tp.Guest;

/// <summary>QEMU's end of a pseudowire, whatever it speaks: at most one connection at a time, any number one after the other.</summary>
public interface IGuestPort : IFramePort
{
    /// <summary>Connections so far.</summary>
    long Connections { get; }

    /// <summary>Connections closed at once because another one stood.</summary>
    long ConnectionsRefused { get; }

    bool IsConnected { get; }

    /// <summary>Called on the worker's thread when QEMU has connected.</summary>
    Action? Connected { get; set; }

    /// <summary>Called on the worker's thread when a connection has ended; the argument says whether another can follow.</summary>
    Action<bool>? Disconnected { get; set; }

    /// <summary>What this kind of port has to tell besides, as lines for a person. Called on any thread while the worker runs.</summary>
    IEnumerable<string> DescribeState() => [];
}
