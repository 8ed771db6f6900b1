namespace QemuL2tp.Tests.TestSupport.Stages;

/// <summary>A guest behind one kind of port, with a link whose turns the test calls.</summary>
internal abstract class GuestEnd : IDisposable
{
    public abstract LoopbackLink Link { get; }

    /// <summary>What the guest has received, one frame behind the other.</summary>
    public List<byte> Received { get; } = [];

    /// <summary>What the peer has received.</summary>
    public List<byte> AtPeer { get; } = [];

    public abstract void Send(byte[] frame);

    /// <summary>Takes what has come to the guest.</summary>
    public abstract void Receive();

    /// <summary>Ends the guest's side at once.</summary>
    public abstract void End();

    /// <summary>Another one comes.</summary>
    public abstract void Begin();

    public virtual void Turn() => Link.Turn();

    /// <summary>Turns, and takes what has come to both ends.</summary>
    public void Exchange()
    {
        Turn();
        Receive();
        ReceiveAtPeer();
    }

    public void ReceiveAtPeer()
    {
        while (Link.Peer.Available > 0)
            AtPeer.AddRange(Link.ReceiveAtPeer());
    }

    public abstract void Dispose();
}
