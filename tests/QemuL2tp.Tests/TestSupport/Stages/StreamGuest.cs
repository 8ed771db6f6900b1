using System.Buffers.Binary;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using QemuL2tp.Frames;

namespace QemuL2tp.Tests.TestSupport.Stages;

/// <summary>A guest behind <c>-netdev stream</c>.</summary>
internal sealed class StreamGuest : GuestEnd
{
    private readonly TemporaryDirectory _directory = new();
    private readonly byte[] _buffer = new byte[1 << 20];
    private readonly List<byte> _records = [];
    private FakeQemu? _qemu;

    public StreamGuest(Func<IFrameStage>[] stages)
    {
        Link = new LoopbackLink(LoopbackLink.Unix(SocketPath), threads: 0, stages: stages);
        Begin();
    }

    public override LoopbackLink Link { get; }

    private string SocketPath => _directory.File("net0.sock");

    public override void Begin()
    {
        _records.Clear();
        _qemu = FakeQemu.Connect(SocketPath);
        Link.Until(() => Link.Guest.IsConnected, "connected");
    }

    public override void Send(byte[] frame) => _qemu!.Send(frame);

    public override void Receive()
    {
        while (_qemu!.Socket.Poll(TimeSpan.Zero, SelectMode.SelectRead) && _qemu.Socket.Receive(_buffer) is > 0 and var count)
            _records.AddRange(new ReadOnlySpan<byte>(_buffer, 0, count));
        int at = 0;
        ReadOnlySpan<byte> records = CollectionsMarshal.AsSpan(_records);
        while (records.Length - at >= 4 && BinaryPrimitives.ReadInt32BigEndian(records[at..]) is var length && length <= records.Length - at - 4)
        {
            Received.AddRange(records.Slice(at + 4, length));
            at += 4 + length;
        }

        _records.RemoveRange(0, at);
    }

    public override void End()
    {
        _qemu!.Dispose();
        Link.Until(() => !Link.Guest.IsConnected, "the end is noticed");
    }

    public override void Dispose()
    {
        _qemu?.Dispose();
        Link.Dispose();
        _directory.Dispose();
    }
}
