using QemuL2tp.Frames;
using QemuL2tp.Options;
using QemuL2tp.Tunnel;

namespace QemuL2tp.Hosting;

/// <summary>
/// The pseudowires of a process: they come and go while the others carry frames. All members may be called on any thread.
/// </summary>
/// <param name="log">Where events are told to a person.</param>
/// <param name="threadsEach">1: tunnels share the pool's threads, a direction is never on two; 2: each has a thread for each direction.</param>
/// <param name="descriptors">Named descriptors that front ends may use.</param>
/// <param name="lookup">Looks up host names; null: the system's resolver.</param>
/// <param name="renewal">When they are looked up again; null: as <see cref="NameRenewal"/> has it.</param>
internal sealed class PseudowireHost(IEventLog log, int threadsEach = 1, ListenDescriptors? descriptors = null, NameLookup? lookup = null, NameRenewal.Times? renewal = null) : IDisposable
{
    /// <summary>Duplicate address detection takes a second or two.</summary>
    private const int TentativeMilliseconds = 5000;

    private const int RetryMilliseconds = 50;

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
    /// Without names the task is complete at once. One that waits for what is not there yet is open then as well; otherwise an IPv6 address that
    /// is still tentative is waited for here, for some seconds.
    /// </summary>
    /// <param name="plan">What is wanted.</param>
    /// <param name="cancellationToken">Gives the names up; without names it means nothing.</param>
    /// <exception cref="UserErrorException">Its id is taken, something cannot be opened, it was removed meanwhile, or the end has begun; nothing has changed then.</exception>
    /// <exception cref="OperationCanceledException">The names were given up; nothing has changed.</exception>
    public async Task<Pseudowire> AddAsync(PseudowirePlan plan, CancellationToken cancellationToken = default)
    {
        Place place = Reserve(plan);
        try
        {
            using var givenUp = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, place.GivenUp);
            PseudowirePlan resolved = await _names.ResolveAsync(plan, givenUp.Token).ConfigureAwait(false);
            Pseudowire pseudowire = await OpenAsync(place, plan, resolved, givenUp.Token).ConfigureAwait(false);
            if (PlanNames.HasNames(plan.Netdev.Value))
                RenewNames(place, plan, resolved.Netdev.Value, pseudowire);
            return pseudowire;
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
                place.Dispose();
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
        Place[] places;
        lock (_lock)
        {
            _isEnding = true;
            _pool.Stop();
            foreach (Pseudowire pseudowire in Open)
                pseudowire.Stop();
            places = [.. _places];
        }

        foreach (Place place in places)
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

    private async Task<Pseudowire> OpenAsync(Place place, PseudowirePlan plan, PseudowirePlan resolved, CancellationToken cancellationToken)
    {
        bool isLast = false;
        for (long end = Environment.TickCount64 + TentativeMilliseconds; ; await Task.Delay(RetryMilliseconds, cancellationToken).ConfigureAwait(false))
        {
            try
            {
                return OpenAt(place, plan, resolved);
            }
            catch (UserErrorException e) when (e.IsNotThereYet && !isLast && IPv6Table.IsListed(resolved.Netdev.Value.Source, out bool isTentative))
            {
                // One that is tentative no more may have been so at this attempt.
                isLast = !isTentative || Environment.TickCount64 >= end;
            }
        }
    }

    private async void RenewNames(Place place, PseudowirePlan plan, L2tpv3Options known, Pseudowire pseudowire)
    {
        try
        {
            await new NameRenewal(_names, plan, pseudowire, found => Follow(place, pseudowire, found), renewal).RunAsync(known, place.GivenUp).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // It is closed.
        }
    }

    /// <returns>False: its local end is not to be had now.</returns>
    private bool Follow(Place place, Pseudowire pseudowire, L2tpv3Options found)
    {
        lock (_lock)
        {
            if (_isEnding || place.Options is not { } former || !_places.Contains(place))
                return false;
            bool isOpening = PlanNames.IsName(former.Source);
            // The name may have several addresses, and another session of the tunnel may have got another one.
            found = isOpening ? found : found with { Source = former.Source };
            try
            {
                if (isOpening)
                    RequirePlace(found);
                _tunnels.Resolve(pseudowire.Tunnel, found);
            }
            catch (UserErrorException e) when (isOpening)
            {
                pseudowire.Tunnel.WaitFor(e);
                return false;
            }

            pseudowire.Tunnel.WaitFor(null);
            place.Options = found;
            // Those that waited with it for the name have the address as well.
            foreach (Place each in _places.Where(each => each.Pseudowire?.Tunnel.Tunnel == pseudowire.Tunnel.Tunnel))
                each.Options = each.Options! with { Source = found.Source };
            return true;
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
    private sealed class Place : IDisposable
    {
        private readonly CancellationTokenSource _givenUp = new();

        public Place(string id)
        {
            Id = id;
            GivenUp = _givenUp.Token;
        }

        public string Id { get; }

        /// <summary>Null until it is open.</summary>
        public Pseudowire? Pseudowire { get; set; }

        /// <summary>Its options, with addresses in place of names; null until it is open.</summary>
        public L2tpv3Options? Options { get; set; }

        /// <summary>Its names are of no interest any more.</summary>
        public CancellationToken GivenUp { get; }

        public void GiveUp()
        {
            try
            {
                _givenUp.Cancel();
            }
            catch (ObjectDisposedException)
            {
                // It has failed meanwhile.
            }
        }

        public void Dispose() => _givenUp.Dispose();
    }
}
