namespace QemuL2tp.EventLoop;

/// <summary>What comes to workers and leaves them: a link, with a direction for each of two workers, which may be the same.</summary>
internal interface IServed : IDisposable
{
    /// <summary>Opens what has to be open and gives each worker what it is to run.</summary>
    /// <param name="guestToTunnel">Serves that direction.</param>
    /// <param name="tunnelToGuest">Serves the other one.</param>
    void Attach(Worker guestToTunnel, Worker tunnelToGuest);
}
