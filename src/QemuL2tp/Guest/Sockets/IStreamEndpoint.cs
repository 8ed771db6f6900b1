using QemuL2tp.Frames;

namespace QemuL2tp.Guest.Sockets;

/// <summary>Where connections to QEMU come from: a listener, a connector, or an inherited descriptor.</summary>
internal interface IStreamEndpoint : IDisposable
{
    /// <summary>Starts to listen or to connect. <paramref name="connected"/> is given each new descriptor, which it owns then.</summary>
    /// <exception cref="Options.UserErrorException">The address cannot be used.</exception>
    void Attach(IEventLoop loop, Action<int> connected);

    /// <summary>The connection has ended; get the next one.</summary>
    /// <returns>False when there can be no other.</returns>
    bool Next();

    /// <summary>What a person would call it.</summary>
    string Description { get; }
}
