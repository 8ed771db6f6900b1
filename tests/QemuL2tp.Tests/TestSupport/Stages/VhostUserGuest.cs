using QemuL2tp.Frames;

namespace QemuL2tp.Tests.TestSupport.Stages;

/// <summary>A guest behind <c>-netdev vhost-user</c>.</summary>
internal sealed class VhostUserGuest : GuestEnd
{
    private const int BufferLength = 2000;

    private readonly VhostUserLink _link;

    public VhostUserGuest(bool isPacked, Func<IFrameStage>[] stages)
    {
        _link = new VhostUserLink(new RingKind(256, isPacked, HasEventIndex: true), stages: stages).Start();
        GiveBuffers();
    }

    public override LoopbackLink Link => _link.Link;

    /// <summary>Buffers of the guest's frames that have not come back.</summary>
    public int Outstanding => _link.Transmit.Outstanding.Count;

    public override void Begin()
    {
        _link.NewGuest();
        _link.Start();
        GiveBuffers();
    }

    public override void Send(byte[] frame)
    {
        _link.Transmit.AddTransmit(frame, [12, 7]);
        _link.Transmit.Kick();
    }

    public override void Receive()
    {
        _ = _link.Transmit.TakeUsed();
        foreach (byte[] frame in _link.Receive.TakeFrames())
            Received.AddRange(frame);
        GiveBuffers();
    }

    public override void End() => _link.Disconnect();

    public override void Turn() => _link.Turn();

    public override void Dispose() => _link.Dispose();

    private void GiveBuffers()
    {
        while (_link.Receive.FreeSlots > 4)
            _link.Receive.AddReceive(BufferLength);
        _link.Receive.Kick();
    }
}
