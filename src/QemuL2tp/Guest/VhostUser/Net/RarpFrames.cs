using System.Runtime.InteropServices;
using QemuL2tp.Frames;

namespace QemuL2tp.Guest.VhostUser.Net;

/// <summary>
/// The frames that tell the network where a migrated guest is now (SEND_RARP): broadcast RARP requests (RFC 903) of 60 bytes in
/// which both hardware addresses are the guest's and both protocol addresses are 0.
/// </summary>
internal sealed unsafe class RarpFrames : IDisposable
{
    private const int MaxWaiting = 32;

    /// <summary>Those in the last batch are still in use while others wait.</summary>
    private const int Capacity = 2 * MaxWaiting;
    private const int Length = 60;

    private readonly byte* _frames = (byte*)NativeMemory.AllocZeroed(Capacity, Length);
    private int _next;
    private int _waiting;

    public void Add(ulong address)
    {
        if (_waiting == MaxWaiting)
            return; // They all say the same.
        Span<byte> frame = new(At(_next + _waiting++), Length);
        frame.Clear();
        frame[..6].Fill(0xff);
        Span<byte> hardware = frame.Slice(6, 6);
        for (int i = 0; i < 6; i++)
            hardware[i] = (byte)(address >> (8 * (5 - i)));
        ReadOnlySpan<byte> request = [0x80, 0x35, 0, 1, 8, 0, 6, 4, 0, 3];
        request.CopyTo(frame[12..]);
        hardware.CopyTo(frame[22..]);
        hardware.CopyTo(frame[32..]);
    }

    /// <summary>Adds what waits to an empty batch.</summary>
    public void MoveTo(FrameBatch batch, nuint token)
    {
        while (_waiting > 0 && batch.TryAdd(At(_next), Length, token))
        {
            _next = (_next + 1) % Capacity;
            _waiting--;
        }
    }

    public void Dispose() => NativeMemory.Free(_frames);

    private byte* At(int index) => _frames + (index % Capacity * Length);
}
