using QemuL2tp.Frames;

namespace QemuL2tp.Guest.Dgram;

/// <summary>Whether QEMU is there, as far as one can know without a connection. For any thread.</summary>
/// <param name="name">Name of the netdev, for the log.</param>
/// <param name="place">What a person would call the place.</param>
/// <param name="log">Told when it changes.</param>
internal sealed class QemuPresence(string name, string place, IEventLog log)
{
    private int _isThere;
    private long _timesFound;

    public string Place => place;

    /// <summary>Called when QEMU is found (true) and when it is gone.</summary>
    public Action<bool>? Changed { get; set; }

    public bool IsThere => Volatile.Read(ref _isThere) != 0;

    /// <summary>Times that it was found after it was not there.</summary>
    public long TimesFound => Volatile.Read(ref _timesFound);

    public void Found()
    {
        if (IsThere || Interlocked.Exchange(ref _isThere, 1) != 0)
            return;
        _ = Interlocked.Increment(ref _timesFound);
        log.Write(EventLevel.Info, $"{name}: QEMU found at {place}");
        Changed?.Invoke(true);
    }

    public void Lost()
    {
        if (!IsThere || Interlocked.Exchange(ref _isThere, 0) == 0)
            return;
        log.Write(EventLevel.Info, $"{name}: QEMU is gone from {place}");
        Changed?.Invoke(false);
    }
}
