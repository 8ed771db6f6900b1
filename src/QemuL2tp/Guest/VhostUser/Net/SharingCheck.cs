using QemuL2tp.EventLoop;
using QemuL2tp.Guest.VhostUser.Ring;
using QemuL2tp.Options;

namespace QemuL2tp.Guest.VhostUser.Net;

/// <summary>
/// Notices that the guest's memory is not shared with this process, which QEMU does not say: it gives no memory at all, or files of
/// which the guest has copies of its own. Tells it once in a connection.
/// </summary>
/// <param name="device">Whose memory and rings are looked at.</param>
/// <param name="tell">Called with the sentence.</param>
internal sealed class SharingCheck(VhostUserDevice device, Action<string> tell) : IEventHandler
{
    /// <summary>How long memory may come after the rings.</summary>
    private const int PatienceMilliseconds = 1000;

    /// <summary>QEMU kicks once when it hands a ring over, on behalf of nobody.</summary>
    private const ulong KicksOfFrontEnd = 1;

    private IEventLoop? _loop;
    private bool _isWaiting;
    private int _isSettled;

    public void Attach(IEventLoop loop) => _loop = loop;

    /// <summary>A ring would start if there were memory.</summary>
    public void OnMemoryMissing()
    {
        if (_isWaiting || IsSettled)
            return;
        _isWaiting = true;
        _loop?.SetTimer(this, PatienceMilliseconds);
    }

    /// <summary>
    /// A driver kicks after it has made a buffer available. When it has kicked, and in no ring there is or was a buffer, and nothing
    /// is in the memory either, what it writes does not arrive here. From the threads of both directions; memory is looked at once.
    /// </summary>
    public void OnKick(Vring ring)
    {
        if (IsSettled || ring.Kicks <= KicksOfFrontEnd || !device.Memory.IsWhole())
            return;
        foreach (Vring other in device.Rings)
        {
            if (other.Queue is { IsEmpty: false } or { IsAtBeginning: false })
            {
                _ = Settle();
                return;
            }
        }

        bool isBlank = device.Memory.IsBlank();
        if (Settle() && isBlank)
            Tell("QEMU kicks, but nothing changes in the memory that it has given");
    }

    public void OnTimer()
    {
        _isWaiting = false;
        if (device.Rings.Any(ring => ring.LacksMemory) && Settle())
            Tell("QEMU has set up the queues, but has given no guest memory");
    }

    /// <summary>The connection is over.</summary>
    public void Reset()
    {
        _loop?.ClearTimer(this);
        _isWaiting = false;
        Volatile.Write(ref _isSettled, 0);
    }

    void IEventHandler.OnReady(Readiness readiness)
    {
        // It has a timer only.
    }

    private bool IsSettled => Volatile.Read(ref _isSettled) != 0;

    /// <returns>True for the one who has settled it.</returns>
    private bool Settle() => Interlocked.Exchange(ref _isSettled, 1) == 0;

    private void Tell(string seen) =>
        tell($"{seen}: no frame can pass unless the guest's memory is shared. Start QEMU with share=on: {QemuArguments.SharedMemory}");
}
