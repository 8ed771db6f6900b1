using QemuL2tp.Frames;
using QemuL2tp.Guest.VhostUser.Memory;

namespace QemuL2tp.Guest.VhostUser.Ring;

/// <summary>
/// One ring as the front end sets it up: its parameters, its descriptors, and whether it is started, enabled, broken
/// (vhost-user, "Ring states"). Started and enabled are independent of one another.
/// </summary>
internal sealed unsafe class Vring : IEventHandler, IDisposable
{
    /// <summary>Largest queue (virtio 1.3, 2.7).</summary>
    public const uint MaxSize = 32768;

    private readonly GuestMemory _memory;
    private readonly IRingOwner _owner;

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

    public bool IsEnabled { get; set; }

    /// <summary>Between the start (kick descriptor, size, addresses and memory are there) and GET_VRING_BASE.</summary>
    public bool IsStarted => throw new NotImplementedException($"{_memory} {_owner}");

    /// <summary>The ring while it is started and not broken, else null.</summary>
    public Virtqueue? Queue => throw new NotImplementedException();

    /// <summary>Changes with each stop, so that what was taken before can be told from what is taken after.</summary>
    public byte Generation => throw new NotImplementedException();

    /// <summary>Lets <paramref name="loop"/> watch the kick descriptors to come.</summary>
    public void Attach(IEventLoop loop) => throw new NotImplementedException();

    /// <summary>SET_VRING_NUM. False: zero, not a power of two (split), too large.</summary>
    public bool SetSize(uint size, bool isPacked) => throw new NotImplementedException();

    /// <summary>SET_VRING_BASE, in the form of the split or the packed ring; judged when the ring starts.</summary>
    public void SetBase(uint value) => throw new NotImplementedException();

    /// <summary>SET_VRING_ADDR: addresses in QEMU's process, and the guest physical address under which the used ring is logged. Also while started (QEMU sets the log flag so).</summary>
    /// <returns>Null, or why they cannot be used.</returns>
    public string? SetAddresses(ulong desc, ulong avail, ulong used, bool isLogged, ulong log) => throw new NotImplementedException();

    /// <summary>SET_VRING_KICK. The descriptor belongs to the ring now; -1: look without being kicked. An older one is closed.</summary>
    /// <returns>Null, or why it cannot be used: not an eventfd.</returns>
    public string? SetKick(int descriptor) => throw new NotImplementedException();

    /// <summary>SET_VRING_CALL, as <see cref="SetKick"/>; -1: never call.</summary>
    public string? SetCall(int descriptor) => throw new NotImplementedException();

    /// <summary>SET_VRING_ERR, as <see cref="SetKick"/>; -1: never tell.</summary>
    public string? SetError(int descriptor) => throw new NotImplementedException();

    /// <summary>Starts the ring if everything is there and it is not started; to be tried after each message about rings or memory.</summary>
    /// <param name="features">The virtio features the guest has acknowledged.</param>
    /// <returns>Null, or why it cannot start although everything was given (addresses outside of the memory, a base that does not fit).</returns>
    public string? TryStart(ulong features) => throw new NotImplementedException();

    /// <summary>The writes of a started ring are to be logged here from now on (if SET_VRING_ADDR said so); null: nowhere.</summary>
    public void SetLog(DirtyLog? log) => throw new NotImplementedException();

    /// <summary>GET_VRING_BASE: stops, closes the kick and call descriptors. Also when it is stopped already.</summary>
    /// <returns>The base to answer.</returns>
    public uint Stop() => throw new NotImplementedException();

    /// <summary>Before memory is unmapped: no pointer is kept.</summary>
    public void BeforeMemoryChange() => throw new NotImplementedException();

    /// <summary>After memory was changed: addresses are translated again. A started ring that has lost its memory is broken.</summary>
    public void AfterMemoryChange() => throw new NotImplementedException();

    /// <summary>Tells the driver that used buffers wait for it.</summary>
    public void Call() => throw new NotImplementedException();

    /// <summary>The driver broke the rules: the error descriptor is signalled, and the ring is left alone until it is started anew.</summary>
    public void Break(RingFault fault) => throw new NotImplementedException();

    /// <summary>Reads the kick descriptor and tells the owner.</summary>
    public void OnReady(Readiness readiness) => throw new NotImplementedException();

    /// <summary>The connection is over: stops, closes all descriptors, forgets all parameters.</summary>
    public void Reset() => throw new NotImplementedException();

    public void Dispose() => Reset();
}
