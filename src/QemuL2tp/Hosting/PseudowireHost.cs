using QemuL2tp.Frames;
using QemuL2tp.Options;

namespace QemuL2tp.Hosting;

/// <summary>
/// The pseudowires of a process: they come and go while the others carry frames. All members may be called on any thread.
/// </summary>
/// <param name="log">Where events are told to a person.</param>
/// <param name="threadsEach">1: tunnels share the pool's threads, a direction is never on two; 2: each has a thread for each direction.</param>
/// <param name="descriptors">Named descriptors that front ends may use.</param>
/// <param name="lookup">Looks up host names; null: the system's resolver.</param>
internal sealed class PseudowireHost(IEventLog log, int threadsEach = 1, ListenDescriptors? descriptors = null, NameLookup? lookup = null) : IDisposable
{
    private readonly PlanNames _names = new(lookup ?? new NameLookup());
    private readonly Lock _lock = new();
    private readonly WorkerPool _pool = new();
    private readonly Tunnels _tunnels = new(log);
    private readonly List<Place> _places = [];
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

    /// <summary>Those that are open now, in the order in which they were asked for.</summary>
    public IReadOnlyList<Pseudowire> All
    {
        get
        {
            lock (_lock)
                return [.. Open];
        }
    }

    private IEnumerable<Pseudowire> Open => _places.Select(place => place.Pseudowire).OfType<Pseudowire>();

    public Pseudowire? Find(string id)
    {
        lock (_lock)
            return Open.FirstOrDefault(pseudowire => pseudowire.Id == id);
    }

    /// <summary>
    /// Looks up the names of a pseudowire, which nobody else waits for, and opens it. It carries frames from <see cref="Start"/> on.
    /// Without names the task is complete at once.
    /// </summary>
    /// <param name="plan">What is wanted.</param>
    /// <param name="cancellationToken">Gives the names up; without names it means nothing.</param>
    /// <exception cref="UserErrorException">Its id is taken, something cannot be opened, it was removed meanwhile, or the end has begun; nothing has changed then.</exception>
    /// <exception cref="OperationCanceledException">The names were given up; nothing has changed.</exception>
    public async Task<Pseudowire> AddAsync(PseudowirePlan plan, CancellationToken cancellationToken = default)
    {
        using Place place = Reserve(plan);
        try
        {
            using var givenUp = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, place.GivenUp);
            PseudowirePlan resolved = await _names.ResolveAsync(plan, givenUp.Token).ConfigureAwait(false);
            return OpenAt(place, plan, resolved);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw NotWanted(plan);
        }
        finally
        {
            if (place.Pseudowire is null)
            {
                lock (_lock)
                    _ = _places.Remove(place);
            }
        }
    }

    /// <summary>Closes a pseudowire, or gives it up while its names are looked up.</summary>
    /// <returns>False when there is none with this id.</returns>
    public bool Remove(string id)
    {
        Place? place;
        lock (_lock)
        {
            place = _places.Find(each => each.Id == id);
            if (place is null)
                return false;
            _ = _places.Remove(place);
            if (place.Pseudowire is { } found)
            {
                found.Close();
                Removed?.Invoke(found);
                return true;
            }
        }

        place.GiveUp();
        return true;
    }

    /// <summary>From now on frames are carried.</summary>
    public void Start()
    {
        lock (_lock)
        {
            _isRunning = true;
            if (threadsEach == 1)
                _pool.Start();
            foreach (Pseudowire pseudowire in Open)
                pseudowire.Start();
        }
    }

    /// <summary>Ends the threads for good; the numbers can still be read.</summary>
    public void Stop()
    {
        Place[] waiting;
        lock (_lock)
        {
            _isEnding = true;
            _pool.Stop();
            foreach (Pseudowire pseudowire in Open)
                pseudowire.Stop();
            waiting = [.. _places.Where(place => place.Pseudowire is null)];
        }

        foreach (Place place in waiting)
            place.GiveUp();
    }

    public void Dispose()
    {
        Stop();
        lock (_lock)
        {
            foreach (Pseudowire pseudowire in Open)
                pseudowire.Close();
            _places.Clear();
            _pool.Dispose();
        }
    }

    private Place Reserve(PseudowirePlan plan)
    {
        lock (_lock)
        {
            if (_isEnding)
                throw NotWanted(plan);
            Written.In(plan.Netdev.Origin, () => NetdevIds.RequireDistinct([.. _places.Select(each => each.Id), plan.Id]));
            var place = new Place(plan.Id);
            _places.Add(place);
            return place;
        }
    }

    private Pseudowire OpenAt(Place place, PseudowirePlan plan, PseudowirePlan resolved)
    {
        lock (_lock)
        {
            if (_isEnding || !_places.Contains(place))
                throw NotWanted(plan);
            Written.In(plan.Netdev.Origin, () => RequirePlace(resolved.Netdev.Value));
            Written.In(plan.Netdev.Origin, Headroom.Require);
            var pseudowire = new Pseudowire(plan, resolved, _tunnels, descriptors ?? ListenDescriptors.None, log);
            pseudowire.Connected = () => Connected?.Invoke(pseudowire);
            pseudowire.Disconnected = canFollow => Disconnected?.Invoke(pseudowire, canFollow);
            Added?.Invoke(pseudowire);
            try
            {
                if (threadsEach == 2)
                    pseudowire.AttachToPair(_isRunning);
                else
                    pseudowire.AttachTo(_pool);
            }
            catch
            {
                pseudowire.Close();
                Removed?.Invoke(pseudowire);
                throw;
            }

            (place.Pseudowire, place.Options) = (pseudowire, resolved.Netdev.Value);
            return pseudowire;
        }
    }

    /// <exception cref="UserErrorException">It cannot be opened beside the others.</exception>
    private void RequirePlace(L2tpv3Options options)
    {
        foreach (L2tpv3Options open in _places.Select(place => place.Options).OfType<L2tpv3Options>())
        {
            if (LocalPort.FindConflict(options, open) is { } conflict)
                throw conflict;
        }
    }

    private UserErrorException NotWanted(PseudowirePlan plan) => _isEnding
        ? new UserErrorException("no pseudowire can be opened any more: the end has begun", "Start again.")
        : new UserErrorException($"the pseudowire '{plan.Id}' was removed while its names were looked up", "Add it again.") { Option = "id", Value = plan.Id };

    /// <summary>Where a pseudowire is, or will be when its names are known.</summary>
    private sealed class Place(string id) : IDisposable
    {
        private readonly CancellationTokenSource _givenUp = new();

        public string Id => id;

        /// <summary>Null until it is open.</summary>
        public Pseudowire? Pseudowire { get; set; }

        /// <summary>Its options, with addresses in place of names; null until it is open.</summary>
        public L2tpv3Options? Options { get; set; }

        public CancellationToken GivenUp => _givenUp.Token;

        public void GiveUp()
        {
            try
            {
                _givenUp.Cancel();
            }
            catch (ObjectDisposedException)
            {
                // It was opened, or has failed, meanwhile.
            }
        }

        public void Dispose() => _givenUp.Dispose();
    }
}
