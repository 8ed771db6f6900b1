namespace QemuL2tp.Frames;

public enum EventLevel
{
    Error,
    Warning,
    Info,
    Debug,
}

/// <summary>
/// Where the events of a port or a link are told to a person. Never called per frame, but on any thread, a worker's too, which
/// stands still meanwhile: an implementation that may have to wait hands the message to another thread.
/// </summary>
public interface IEventLog
{
    void Write(EventLevel level, string message);
}
