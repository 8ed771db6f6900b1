using System.Numerics;
using QemuL2tp.EventLoop;
using QemuL2tp.Guest.VhostUser.Memory;

namespace QemuL2tp.Guest.VhostUser.Ring;

/// <summary>
/// One ring as the front end sets it up: its parameters, its descriptors, and whether it is started, enabled, broken
/// (vhost-user, "Ring states"). Started and enabled are independent of one another.
/// </summary>
internal sealed class Vring : IEventHandler, IDisposable
{
    /// <summary>Largest queue (virtio 1.3, 2.7).</summary>
    public const uint MaxSize = 32768;

    /// <summary>How often a ring without a kick descriptor is looked at.</summary>
    private const int PollMilliseconds = 1;

    private readonly GuestMemory _memory;
    private readonly IRingOwner _owner;
    private readonly EventFd _kick = new();
    private readonly EventFd _call = new();
    private readonly EventFd _error = new();
    private IEventLoop? _loop;
    private bool _isPolled;
    private uint _size;

    /// <summary>Where it begins; null: nobody has said.</summary>
    private uint? _base;

    /// <summary>The form of the ring that the base was left by; null: it is the front end's.</summary>
    private bool? _isBasePacked;
    private RingAddresses? _addresses;
    private DirtyLog? _log;

    public Vring(int index, GuestMemory memory, IRingOwner owner)
    {
        Index = index;
        _memory = memory;
        _owner = owner;
    }

    /// <summary>0, 2, …: what the guest receives; 1, 3, …: what it transmits.</summary>
    public int Index { get; }

    public bool IsReceive => Index % 2 == 0;

    /// <summary>The index of its queue pair.</summary>
    public int Pair => Index / 2;

    public bool IsEnabled
    {
        get;
        set
        {
            if (field == value)
                return;
            field = value;
            _owner.OnChanged(this);
        }
    }

    /// <summary>Between the start (kick descriptor, size, addresses and memory are there) and GET_VRING_BASE.</summary>
    public bool IsStarted { get; private set; }

    /// <summary>The ring while it is started and not broken, else null.</summary>
    public Virtqueue? Queue { get; private set; }

    /// <summary>It is used: neither disabled nor broken nor stopped. Only then may its set-up not change.</summary>
    public bool IsRunning => IsEnabled && Queue is not null;

    /// <summary>It has all that it needs to start, but there is no guest memory.</summary>
    public bool LacksMemory => !IsStarted && _memory.Count == 0 && HasSetUp;

    /// <summary>Kicks since it was started, by the driver or by the front end in its place.</summary>
    public ulong Kicks { get; private set; }

    /// <summary>Why the ring is broken, from <see cref="Break"/> to the next start.</summary>
    public RingFault Fault { get; private set; }

    /// <summary>How it stands; size 0: it is not set up. For any thread.</summary>
    /// <param name="isPacked">The form that the front end has acknowledged.</param>
    public RingStatus StatusNow(bool isPacked)
    {
        RingFault fault = Fault;
        RingState state = fault != RingFault.None ? RingState.Broken
            : Queue is null ? RingState.Stopped
            : IsEnabled ? RingState.Running : RingState.Disabled;
        return new RingStatus(Index, IsReceive, state, fault, _size, isPacked, Kicks);
    }

    /// <summary>Lets <paramref name="loop"/> watch the kick descriptors to come.</summary>
    public void Attach(IEventLoop loop) => _loop = loop;

    /// <summary>SET_VRING_NUM. False: zero, not a power of two (split), too large.</summary>
    public bool SetSize(uint size, bool isPacked)
    {
        if (!IsSize(size, isPacked))
            return false;
        _size = size;
        return true;
    }

    /// <summary>SET_VRING_BASE, in the form of the split or the packed ring; judged when the ring starts.</summary>
    public void SetBase(uint value)
    {
        _base = value;
        _isBasePacked = null;
    }

    /// <summary>SET_VRING_ADDR: addresses in QEMU's process, and the guest physical address under which the used ring is logged. Also while started (QEMU sets the log flag so).</summary>
    /// <returns>Null, or why they cannot be used; then those before stay. Before the start they are only kept, and judged by <see cref="TryStart"/>.</returns>
    public string? SetAddresses(ulong desc, ulong avail, ulong used, bool isLogged, ulong log)
    {
        RingAddresses addresses = new(desc, avail, used, isLogged, log);
        bool isMoved = _addresses is { } before && (before.Desc, before.Avail, before.Used) != (desc, avail, used);
        if (isMoved && !IsRunning)
            Renew();
        string? reason = Queue?.Map(addresses);
        if (reason is not null)
            return reason;
        _addresses = addresses;
        UpdateLog();
        BreakIfFaulty();
        return null;
    }

    /// <summary>SET_VRING_KICK. The descriptor belongs to the ring now; -1: look without being kicked. An older one is closed.</summary>
    /// <returns>Null, or why it cannot be used: not an eventfd.</returns>
    public string? SetKick(int descriptor)
    {
        // A disabled ring is a stopped one, and this starts it.
        if (!IsEnabled)
            Halt();
        Unwatch();
        _isPolled = descriptor < 0;
        string? reason = _kick.Set(descriptor);
        if (Queue is not null)
        {
            Watch();
            // A kick may have been lost with the descriptor before.
            _owner.OnKick(this);
        }

        return reason;
    }

    /// <summary>SET_VRING_CALL, as <see cref="SetKick"/>; -1: never call.</summary>
    public string? SetCall(int descriptor)
    {
        string? reason = _call.Set(descriptor);
        // A call may have been lost with the descriptor before; one too many does no harm.
        if (IsStarted)
            Call();
        return reason;
    }

    /// <summary>SET_VRING_ERR, as <see cref="SetKick"/>; -1: never tell.</summary>
    public string? SetError(int descriptor) => _error.Set(descriptor);

    /// <summary>
    /// Starts the ring if everything is there and it is not started; to be tried after each message about rings or memory. The
    /// driver is called once: the back end before this one may have ended between returning a buffer and calling.
    /// </summary>
    /// <param name="features">The virtio features the guest has acknowledged.</param>
    /// <returns>Null, or why it cannot start although everything was given (addresses outside of the memory).</returns>
    public string? TryStart(ulong features)
    {
        if (LacksMemory)
            _owner.OnMemoryMissing();
        if (IsStarted || !HasSetUp || _memory.Count == 0)
            return null;
        bool isPacked = (features & Features.PackedRing) != 0;
        if (!IsSize(_size, isPacked))
            return $"a split ring of {_size} entries, which is no power of two";
        if (!_memory.IsWhole())
            return "the guest's memory is shorter than it was";

        Virtqueue queue = isPacked
            ? new PackedVirtqueue(_memory, _size, IsReceive, features)
            : new SplitVirtqueue(_memory, _size, IsReceive, features);
        string? reason = queue.Map(_addresses!.Value);
        if (reason is not null)
            return reason;
        Fault = RingFault.None;
        IsStarted = true;
        Kicks = 0;
        if (queue.Fault != RingFault.None)
        {
            TellBroken(queue.Fault);
            return null;
        }

        // A split ring knows by its used index how far it got; what is told in the ring stays true when the driver was reset.
        queue.SetBase(_isBasePacked is null || (_isBasePacked == true && isPacked) ? _base : null);
        _isBasePacked = isPacked;
        Queue = queue;
        UpdateLog();
        Watch();
        Call();
        BreakIfFaulty();
        _owner.OnChanged(this);
        _owner.OnKick(this);
        return null;
    }

    /// <summary>
    /// The front end sets the ring up anew, and has not stopped it by GET_VRING_BASE: older Cloud Hypervisor only disables the
    /// rings when the guest resets the device. It stops, and begins where the front end will say, or at its beginning.
    /// </summary>
    public void Renew()
    {
        if (!IsStarted)
            return;
        Halt();
        _base = null;
    }

    /// <summary>The writes of a started ring are to be logged here from now on (if SET_VRING_ADDR said so); null: nowhere.</summary>
    public void SetLog(DirtyLog? log)
    {
        _log = log;
        UpdateLog();
    }

    /// <summary>GET_VRING_BASE: stops, closes the kick and call descriptors. Also when it is stopped already.</summary>
    /// <returns>The base to answer; null: nobody has said one.</returns>
    public uint? Stop()
    {
        Halt();
        _call.Close();
        return _base;
    }

    /// <summary>Before memory is unmapped: no pointer is kept.</summary>
    public void BeforeMemoryChange()
    {
        LetGo();
        Queue?.Unmap();
    }

    /// <summary>After memory was changed: addresses are translated again. A started ring that has lost its memory is broken.</summary>
    public void AfterMemoryChange()
    {
        bool isGone = Queue?.Map(_addresses!.Value) is not null;
        // A disabled ring has nothing to lose: new memory comes before its new addresses.
        if (isGone && !IsEnabled)
            Renew();
        else if (isGone)
            Break(RingFault.BadAddress);
        else
            BreakIfFaulty();
    }

    /// <summary>Tells the driver that used buffers wait for it.</summary>
    public void Call() => _call.Signal();

    /// <summary>The driver broke the rules: the error descriptor is signalled, and the ring is left alone until it is started anew.</summary>
    public void Break(RingFault fault)
    {
        if (Queue is null)
            return;
        End();
        TellBroken(fault);
    }

    /// <summary>Reads the kick descriptor and tells the owner.</summary>
    public void OnReady(Readiness readiness)
    {
        Kicks += _kick.Drain();
        _owner.OnKick(this);
    }

    /// <summary>A ring without a kick descriptor is to be looked at.</summary>
    public void OnTimer()
    {
        Watch();
        _owner.OnKick(this);
    }

    /// <summary>The connection is over: stops, closes all descriptors, forgets all parameters.</summary>
    public void Reset()
    {
        Stop();
        _error.Close();
        _size = 0;
        _base = null;
        _addresses = null;
        _log = null;
        Fault = RingFault.None;
        IsEnabled = false;
    }

    public void Dispose() => Reset();

    private bool HasSetUp => (_isPolled || _kick.Descriptor >= 0) && _size != 0 && _addresses is not null;

    private static bool IsSize(uint size, bool isPacked) => size is > 0 and <= MaxSize && (isPacked || BitOperations.IsPow2(size));

    private void Halt()
    {
        bool wasStarted = IsStarted;
        End();
        IsStarted = false;
        _isPolled = false;
        _kick.Close();
        if (wasStarted)
            _owner.OnChanged(this);
    }

    private void TellBroken(RingFault fault)
    {
        Fault = fault;
        _error.Signal();
        _owner.OnBroken(this, fault);
        _owner.OnChanged(this);
    }

    private void BreakIfFaulty()
    {
        if (Queue is { Fault: not RingFault.None } queue)
            Break(queue.Fault);
    }

    /// <summary>Nothing more is taken from the queue, and nobody is kicked by it.</summary>
    private void End()
    {
        if (Queue is null)
            return;
        Unwatch();
        LetGo();
        _base = Queue.Base;
        Queue = null;
    }

    private void LetGo()
    {
        if (Queue is null)
            return;
        _owner.LetGo(this);
        // What was returned is no longer ours: the base says so, and the driver must see it.
        if (_memory.IsWhole() && Queue.Publish())
            Call();
    }

    private void UpdateLog()
    {
        if (Queue is not null)
            Queue.Log = _addresses!.Value.IsLogged ? _log : null;
    }

    private void Watch()
    {
        if (_kick.Descriptor >= 0)
            _loop?.Add(_kick.Descriptor, Readiness.Readable, this);
        else if (_isPolled)
            _loop?.SetTimer(this, PollMilliseconds);
    }

    /// <summary>While the queue is there it is watched, and only then.</summary>
    private void Unwatch()
    {
        if (Queue is null)
            return;
        if (_kick.Descriptor >= 0)
            _loop?.Remove(_kick.Descriptor);
        else if (_isPolled)
            _loop?.ClearTimer(this);
    }
}
