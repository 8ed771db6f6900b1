namespace QemuL2tp.Frames;

public enum EventLevel
{
    Error,
    Warning,
    Info,
    Debug,
}

/// <summary>Where the events of a port or a link are told to a person. Never called per frame.</summary>
public interface IEventLog
{
    void Write(EventLevel level, string message);
}
