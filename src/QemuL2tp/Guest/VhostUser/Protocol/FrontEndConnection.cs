using QemuL2tp.Frames;

namespace QemuL2tp.Guest.VhostUser.Protocol;

/// <summary>
/// One connection of a front end: reads its messages, does what they ask of the device, answers. Never blocks; a front end
/// that breaks the protocol, or goes away, ends it.
/// </summary>
internal sealed class FrontEndConnection : IEventHandler, IDisposable
{
    /// <param name="descriptor">A connected non-blocking unix stream socket; owned.</param>
    /// <param name="device">What the messages are about; to be reset by the caller when the connection has ended.</param>
    /// <param name="log">Where things are told to a person.</param>
    /// <param name="name">Name of the netdev, for the log.</param>
    /// <param name="ended">Called once when the connection is over, with the fault in words, or null when the front end closed it.</param>
    public FrontEndConnection(int descriptor, VhostUserDevice device, IEventLog log, string name, Action<string?> ended) =>
        throw new NotImplementedException($"{descriptor} {device} {log} {name} {ended}");

    /// <summary>Starts to watch the socket.</summary>
    public void Attach(IEventLoop loop) => throw new NotImplementedException();

    public void OnReady(Readiness readiness) => throw new NotImplementedException();

    /// <summary>Stops watching and closes the socket and every descriptor that was not handed on.</summary>
    public void Dispose() => throw new NotImplementedException();
}
