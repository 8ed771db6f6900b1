using QemuL2tp.EventLoop;

namespace QemuL2tp.Guest.Sockets;

/// <summary>Where connections to QEMU come from: a listener, a connector, or an inherited descriptor.</summary>
internal interface IStreamEndpoint : IDisposable
{
    /// <summary>Starts to listen or to connect.</summary>
    /// <param name="loop">What watches the sockets.</param>
    /// <param name="mayCome">Asked before a connection is taken; false: it waits until <see cref="Next"/>.</param>
    /// <param name="connected">Given each new descriptor, which it owns then.</param>
    /// <exception cref="Options.UserErrorException">The address cannot be used.</exception>
    void Attach(IEventLoop loop, Func<bool> mayCome, Action<int> connected);

    /// <summary>The connection has ended; get the next one.</summary>
    /// <returns>False when there can be no other.</returns>
    bool Next();

    /// <summary>What a person would call it.</summary>
    string Description { get; }
}
