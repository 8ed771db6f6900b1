using QemuL2tp.EventLoop;
using QemuL2tp.Options;

namespace QemuL2tp.Guest.Sockets;

/// <summary>A connected descriptor that the parent process handed over; there is no second one.</summary>
internal sealed class InheritedConnection : IStreamEndpoint
{
    private readonly int _descriptor;

    /// <exception cref="UserErrorException">It is not a connected stream socket, or not of the family that it must be.</exception>
    public InheritedConnection(FdFrontendAddress address, bool isUnix)
    {
        _descriptor = address.Descriptor;
        StreamSocket.Inherit(_descriptor, isListening: false, isUnix);
    }

    public string Description => $"descriptor {_descriptor}";

    public void Attach(IEventLoop loop, Func<bool> mayCome, Action<int> connected) => connected(_descriptor);

    public bool Next() => false;

    public void Dispose()
    {
        // The port owns the descriptor once it is attached.
    }
}
