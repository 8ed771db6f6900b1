using QemuL2tp.Frames;
using QemuL2tp.Options;

namespace QemuL2tp.Hosting;

/// <summary>
/// The pseudowires of a process: they come and go while the others carry frames. All members may be called on any thread.
/// </summary>
/// <param name="log">Where events are told to a person.</param>
/// <param name="threadsEach">1: pseudowires share the pool's threads, a direction is never on two; 2: each has a thread for each direction.</param>
/// <param name="descriptors">Named descriptors that front ends may use.</param>
internal sealed class PseudowireHost(IEventLog log, int threadsEach = 1, ListenDescriptors? descriptors = null) : IDisposable
{
    private readonly Lock _lock = new();
    private readonly WorkerPool _pool = new();
    private readonly List<Pseudowire> _pseudowires = [];
    private bool _isRunning;
    private bool _isEnding;

    /// <summary>Called when a pseudowire is open, before QEMU can connect; must not call this object.</summary>
    public Action<Pseudowire>? Added { get; set; }

    /// <summary>Called when a pseudowire was closed by <see cref="Remove"/>; must not call this object.</summary>
    public Action<Pseudowire>? Removed { get; set; }

    /// <summary>Called on a worker's thread when QEMU has connected to a pseudowire.</summary>
    public Action<Pseudowire>? Connected { get; set; }

    /// <summary>The same when QEMU has disconnected; the argument says whether another connection can follow.</summary>
    public Action<Pseudowire, bool>? Disconnected { get; set; }

    /// <summary>Those that are there now, in the order in which they were added.</summary>
    public IReadOnlyList<Pseudowire> All
    {
        get
        {
            lock (_lock)
                return [.. _pseudowires];
        }
    }

    public Pseudowire? Find(string id)
    {
        lock (_lock)
            return _pseudowires.Find(pseudowire => pseudowire.Id == id);
    }

    /// <summary>Opens a pseudowire, which carries frames from <see cref="Start"/> on.</summary>
    /// <exception cref="UserErrorException">Its id is taken, something cannot be opened, or the end has begun; nothing has changed then.</exception>
    public Pseudowire Add(PseudowirePlan plan)
    {
        lock (_lock)
        {
            if (_isEnding)
                throw new UserErrorException("no pseudowire can be opened any more: the end has begun", "Start again.");
            Written.In(plan.Netdev.Origin, () => NetdevIds.RequireDistinct([.. _pseudowires.Select(pseudowire => pseudowire.Id), plan.Id]));
            Written.In(plan.Netdev.Origin, Headroom.Require);
            var pseudowire = new Pseudowire(plan, descriptors ?? ListenDescriptors.None, log);
            pseudowire.Connected = () => Connected?.Invoke(pseudowire);
            pseudowire.Disconnected = canFollow => Disconnected?.Invoke(pseudowire, canFollow);
            Added?.Invoke(pseudowire);
            try
            {
                if (threadsEach == 2)
                    pseudowire.AttachToOwnWorkers(_isRunning);
                else
                    pseudowire.AttachTo(_pool);
            }
            catch
            {
                pseudowire.Close();
                Removed?.Invoke(pseudowire);
                throw;
            }

            _pseudowires.Add(pseudowire);
            return pseudowire;
        }
    }

    /// <summary>Closes a pseudowire.</summary>
    /// <returns>False when there is none with this id.</returns>
    public bool Remove(string id)
    {
        lock (_lock)
        {
            if (_pseudowires.Find(pseudowire => pseudowire.Id == id) is not { } found)
                return false;
            _pseudowires.Remove(found);
            found.Close();
            Removed?.Invoke(found);
            return true;
        }
    }

    /// <summary>From now on frames are carried.</summary>
    public void Start()
    {
        lock (_lock)
        {
            _isRunning = true;
            if (threadsEach == 1)
                _pool.Start();
            foreach (Pseudowire pseudowire in _pseudowires)
                pseudowire.Start();
        }
    }

    /// <summary>Ends the threads for good; the numbers can still be read.</summary>
    public void Stop()
    {
        lock (_lock)
        {
            _isEnding = true;
            _pool.Stop();
            foreach (Pseudowire pseudowire in _pseudowires)
                pseudowire.Stop();
        }
    }

    public void Dispose()
    {
        Stop();
        lock (_lock)
        {
            foreach (Pseudowire pseudowire in _pseudowires)
                pseudowire.Close();
            _pseudowires.Clear();
            _pool.Dispose();
        }
    }
}
