using QemuL2tp.EventLoop;

namespace QemuL2tp.Guest.VhostUser.Net;

/// <summary>
/// Looks at rings again a little after they were last used; a port that is idle for longer has no timer. Virtio leaves out a kick
/// or a call by a full barrier on each side between what it writes and what it reads of the other. QEMU's TCG with one virtual
/// processor carries out the guest's barrier, a locked instruction, as a plain one (and before QEMU 8.1 leaves out fences), so
/// that both sides may find nothing new and sleep for ever. What they wrote is there long before the second look.
/// </summary>
/// <param name="look">Does it, on the loop's thread.</param>
internal sealed class SecondLook(Action look) : IEventHandler
{
    private const int DelayMilliseconds = 10;

    private IEventLoop? _loop;
    private bool _isArmed;
    private bool _isUsedSince;

    public void Attach(IEventLoop loop) => _loop = loop;

    /// <summary>The rings were used. While a look is due, all that this costs is to remember that one more must follow.</summary>
    public void Expect()
    {
        if (_isArmed)
        {
            _isUsedSince = true;
            return;
        }

        _isArmed = true;
        _loop!.SetTimer(this, DelayMilliseconds);
    }

    public void Cancel() => _loop?.ClearTimer(this);

    public void OnReady(Readiness readiness)
    {
        // It watches no descriptor.
    }

    public void OnTimer()
    {
        _isArmed = _isUsedSince;
        _isUsedSince = false;
        if (_isArmed)
            _loop!.SetTimer(this, DelayMilliseconds);
        look();
    }
}
