using QemuL2tp.Frames;
using QemuL2tp.Options;

namespace QemuL2tp.Guest.VhostUser.Net;

/// <summary>QEMU's end of a pseudowire over <c>-netdev vhost-user</c>. Not implemented yet.</summary>
public sealed class VhostUserPort : IGuestPort
{
    /// <param name="options">Our side of the connection.</param>
    /// <param name="name">Name of the netdev, for the log.</param>
    /// <param name="log">Where connections are told of.</param>
    public VhostUserPort(FrontendOptions options, string name, IEventLog log) => throw new NotImplementedException();

    public long Connections => throw new NotImplementedException();

    public long ConnectionsRefused => throw new NotImplementedException();

    public bool IsConnected => throw new NotImplementedException();

    public Action<bool>? Disconnected { get; set; }

    public IFrameSource Source => throw new NotImplementedException();

    public IFrameSink Sink => throw new NotImplementedException();

    public bool IsReadable { get; set; }

    public bool IsWritable { get; set; }

    public void Attach(IEventLoop loop) => throw new NotImplementedException();

    public void WaitFor(bool readable, bool writable) => throw new NotImplementedException();

    public void Dispose() => throw new NotImplementedException();
}
