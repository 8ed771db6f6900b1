using System.Runtime.InteropServices;
using QemuL2tp.Options;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace QemuL2tp.EventLoop;

/// <summary>
/// An epoll descriptor and the handlers of what it watches, level triggered. An event is for whoever watched the descriptor when
/// the kernel reported it: a number that was closed and given out again in the same round is another one.
/// </summary>
internal sealed unsafe class EpollSet : IDisposable
{
    private const int MaxEvents = 64;

    private readonly int _epoll;
    private readonly epoll_event* _events;
    private Watch[] _watches = new Watch[64];
    private uint _added;

    /// <exception cref="UserErrorException">This process may not have more descriptors.</exception>
    public EpollSet()
    {
        _epoll = epoll_create1(EPOLL_CLOEXEC);
        if (_epoll < 0)
            throw NoDescriptor("epoll_create1", errno);
        _events = (epoll_event*)NativeMemory.AllocZeroed(MaxEvents, (nuint)sizeof(epoll_event));
    }

    public static UserErrorException NoDescriptor(string call, int error) =>
        new($"{call} failed: {Marshal.GetPInvokeErrorMessage(error)}", "Raise this process's limit of open files (ulimit -n, LimitNOFILE=).");

    public void Add(int descriptor, Readiness interest, IEventHandler handler)
    {
        if (descriptor >= _watches.Length)
            Array.Resize(ref _watches, Math.Max(descriptor + 1, _watches.Length * 2));
        _watches[descriptor] = new Watch { Handler = handler, Number = ++_added };
        Control(EPOLL_CTL_ADD, descriptor, interest);
    }

    public void Change(int descriptor, Readiness interest) => Control(EPOLL_CTL_MOD, descriptor, interest);

    public void Remove(int descriptor)
    {
        _watches[descriptor].Handler = null;
        Control(EPOLL_CTL_DEL, descriptor, Readiness.None);
    }

    /// <summary>Waits at most <paramref name="timeoutMilliseconds"/> (-1: without end) and tells the handlers.</summary>
    public void Wait(int timeoutMilliseconds)
    {
        int count = epoll_wait(_epoll, _events, MaxEvents, timeoutMilliseconds);
        if (count < 0 && errno != EINTR)
            Environment.FailFast($"epoll_wait failed, errno = {errno}: the worker's own descriptor is broken");
        for (int i = 0; i < count; i++)
        {
            ulong data = _events[i].data.u64;
            Watch watch = _watches[(uint)data];
            // A handler earlier in this round may have removed this one, and its descriptor's number may be somebody else's.
            if (watch.Number == data >> 32)
                watch.Handler?.OnReady((Readiness)(uint)_events[i].events);
        }
    }

    public void Dispose()
    {
        _ = close(_epoll);
        NativeMemory.Free(_events);
    }

    private void Control(int operation, int descriptor, Readiness interest)
    {
        epoll_event entry = new() { events = (int)interest };
        entry.data.u64 = ((ulong)_watches[descriptor].Number << 32) | (uint)descriptor;
        if (epoll_ctl(_epoll, operation, descriptor, &entry) != 0)
            Environment.FailFast($"epoll_ctl({operation}, {descriptor}) failed, errno = {errno}: a port watches a descriptor that it does not own");
    }

    private struct Watch
    {
        /// <summary>Null: nobody watches.</summary>
        public IEventHandler? Handler;

        /// <summary>Which <see cref="Add"/> it is from; the kernel gives it back with each event.</summary>
        public uint Number;
    }
}
