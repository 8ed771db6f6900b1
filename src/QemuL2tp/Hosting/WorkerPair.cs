using QemuL2tp.EventLoop;
using QemuL2tp.Forwarding;
using QemuL2tp.Options;

namespace QemuL2tp.Hosting;

/// <summary>The workers of a tunnel with <c>--threads 2</c>: one for each direction of all its sessions. Tunnels that may become one share them.</summary>
internal sealed class WorkerPair : IDisposable
{
    private readonly string _name;
    private readonly Worker _guestToTunnel;
    private readonly Worker _tunnelToGuest = new();
    private bool _isRunning;

    /// <param name="name">Of the first session.</param>
    /// <exception cref="UserErrorException">This process may not have more descriptors.</exception>
    public WorkerPair(string name)
    {
        _name = name;
        try
        {
            _guestToTunnel = new Worker();
        }
        catch
        {
            _tunnelToGuest.Dispose();
            throw;
        }
    }

    /// <summary>Links that it serves.</summary>
    public int Load => _guestToTunnel.Load;

    /// <inheritdoc cref="Worker.Add"/>
    public void Add(PseudowireLink link) => _guestToTunnel.Add(link, _tunnelToGuest);

    /// <inheritdoc cref="Worker.Remove"/>
    public void Remove(PseudowireLink link) => _guestToTunnel.Remove(link, _tunnelToGuest);

    /// <summary>Starts both threads; once is enough.</summary>
    public void Start()
    {
        if (_isRunning)
            return;
        _isRunning = true;
        _tunnelToGuest.Start($"rx {_name}");
        _guestToTunnel.Start($"tx {_name}");
    }

    /// <summary>Ends both threads; the numbers of the links can still be read.</summary>
    public void Stop()
    {
        _guestToTunnel.Stop();
        _tunnelToGuest.Stop();
    }

    public void Dispose()
    {
        Stop();
        _guestToTunnel.Dispose();
        _tunnelToGuest.Dispose();
    }
}
