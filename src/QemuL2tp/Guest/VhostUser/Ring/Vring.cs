using System.Numerics;
using QemuL2tp.Frames;
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
    private uint _base;
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

    /// <summary>Why the ring is broken, from <see cref="Break"/> to the next start.</summary>
    public RingFault Fault { get; private set; }

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
    public void SetBase(uint value) => _base = value;

    /// <summary>SET_VRING_ADDR: addresses in QEMU's process, and the guest physical address under which the used ring is logged. Also while started (QEMU sets the log flag so).</summary>
    /// <returns>Null, or why they cannot be used; then those before stay. Before the start they are only kept, and judged by <see cref="TryStart"/>.</returns>
    public string? SetAddresses(ulong desc, ulong avail, ulong used, bool isLogged, ulong log)
    {
        RingAddresses addresses = new(desc, avail, used, isLogged, log);
        string? reason = Queue?.Map(addresses);
        if (reason is not null)
            return reason;
        _addresses = addresses;
        UpdateLog();
        return null;
    }

    /// <summary>SET_VRING_KICK. The descriptor belongs to the ring now; -1: look without being kicked. An older one is closed.</summary>
    /// <returns>Null, or why it cannot be used: not an eventfd.</returns>
    public string? SetKick(int descriptor)
    {
        Unwatch();
        _isPolled = descriptor < 0;
        string? reason = _kick.Set(descriptor);
        if (Queue is not null)
            Watch();
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
    /// <returns>Null, or why it cannot start although everything was given (addresses outside of the memory, a base that does not fit).</returns>
    public string? TryStart(ulong features)
    {
        bool hasKick = _isPolled || _kick.Descriptor >= 0;
        if (IsStarted || !hasKick || _size == 0 || _addresses is not { } addresses || _memory.Count == 0)
            return null;
        bool isPacked = (features & Features.PackedRing) != 0;
        if (!IsSize(_size, isPacked))
            return $"a split ring of {_size} entries, which is no power of two";
        if (!_memory.IsWhole())
            return "the guest's memory is shorter than it was";

        Virtqueue queue = isPacked
            ? new PackedVirtqueue(_memory, _size, IsReceive, features)
            : new SplitVirtqueue(_memory, _size, IsReceive, features);
        string? reason = queue.Map(addresses) ?? queue.SetBase(_base);
        if (reason is not null)
            return reason;
        Queue = queue;
        Fault = RingFault.None;
        IsStarted = true;
        UpdateLog();
        Watch();
        Call();
        _owner.OnChanged(this);
        _owner.OnKick(this);
        return null;
    }

    /// <summary>The writes of a started ring are to be logged here from now on (if SET_VRING_ADDR said so); null: nowhere.</summary>
    public void SetLog(DirtyLog? log)
    {
        _log = log;
        UpdateLog();
    }

    /// <summary>GET_VRING_BASE: stops, closes the kick and call descriptors. Also when it is stopped already.</summary>
    /// <returns>The base to answer.</returns>
    public uint Stop()
    {
        bool wasStarted = IsStarted;
        End();
        IsStarted = false;
        _isPolled = false;
        _kick.Close();
        _call.Close();
        if (wasStarted)
            _owner.OnChanged(this);
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
        if (Queue?.Map(_addresses!.Value) is not null)
            Break(RingFault.BadAddress);
    }

    /// <summary>Tells the driver that used buffers wait for it.</summary>
    public void Call() => _call.Signal();

    /// <summary>The driver broke the rules: the error descriptor is signalled, and the ring is left alone until it is started anew.</summary>
    public void Break(RingFault fault)
    {
        if (Queue is null)
            return;
        End();
        Fault = fault;
        _error.Signal();
        _owner.OnBroken(this, fault);
        _owner.OnChanged(this);
    }

    /// <summary>Reads the kick descriptor and tells the owner.</summary>
    public void OnReady(Readiness readiness)
    {
        _kick.Drain();
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
        _size = _base = 0;
        _addresses = null;
        _log = null;
        Fault = RingFault.None;
        IsEnabled = false;
    }

    public void Dispose() => Reset();

    private static bool IsSize(uint size, bool isPacked) => size is > 0 and <= MaxSize && (isPacked || BitOperations.IsPow2(size));

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
