using System.Runtime.CompilerServices;
using QemuL2tp.Datagrams;
using QemuL2tp.EventLoop;
using QemuL2tp.Frames;
using QemuL2tp.Packets;

namespace QemuL2tp.Tunnel;

/// <summary>
/// Receives from one socket of a tunnel and gives each packet to its session. The session that asks gets its own packets into its batch;
/// what is for another one goes to that one's queue, and what is nobody's to the tunnel.
/// </summary>
internal sealed unsafe class TunnelReceiver : IEventHandler, IDisposable
{
    /// <summary>In the first eight bytes over UDP, as this machine reads them: the T bit and the session ID.</summary>
    private const ulong UdpMask = 0xffff_ffff_0000_0080;

    private const ulong UdpControlBit = 0x80;

    private readonly int _descriptor;
    private readonly TunnelEndpoint _tunnel;
    private readonly IReadOnlyList<TunnelSession> _readers;
    private readonly MessageReceiver _messages;
    private readonly ErrorQueue _errors;
    private readonly DatagramCounters _counters;
    private readonly bool _isUdp;
    private readonly bool _hasIPv4Header;
    private IEventLoop? _loop;
    private bool _isWaiting;
    private int _holding;
    private uint _dropped;

    /// <summary>Where what nobody has yet begins in the present message.</summary>
    private int _offset;

    /// <param name="descriptor">A non-blocking socket of the tunnel; not owned.</param>
    /// <param name="tunnel">The tunnel.</param>
    /// <param name="readers">The sessions that read this socket.</param>
    /// <param name="subjects">Whom errors of the socket may be about.</param>
    /// <param name="counters">Where datagrams that the kernel put together are counted.</param>
    /// <param name="coalesce">As in <see cref="MessageReceiver"/>.</param>
    /// <param name="capacity">As in <see cref="MessageReceiver"/>.</param>
    public TunnelReceiver(int descriptor, TunnelEndpoint tunnel, IReadOnlyList<TunnelSession> readers, IErrorSubjects subjects, DatagramCounters counters, bool coalesce, int capacity)
    {
        _descriptor = descriptor;
        _tunnel = tunnel;
        _readers = readers;
        _errors = new ErrorQueue(descriptor, subjects);
        _messages = new MessageReceiver(descriptor, _errors, coalesce, capacity);
        _counters = counters;
        _isUdp = tunnel.Options.Udp;
        _hasIPv4Header = !tunnel.Options.Udp && !tunnel.Options.IPv6;
    }

    /// <inheritdoc cref="MessageReceiver.Calls"/>
    public long Calls => _messages.Calls;

    /// <summary>At least one of its readers has a guest that takes frames; the socket is watched then.</summary>
    public bool MayWait => _holding < _readers.Count;

    public void Watch(IEventLoop loop)
    {
        if (_loop is not null)
            return;
        _loop = loop;
        _isWaiting = MayWait;
        loop.Add(_descriptor, _isWaiting ? Readiness.Readable : Readiness.None, this);
    }

    /// <summary>Stops watching. Another socket may have the descriptor afterwards; its drops are counted from 0.</summary>
    public void Unwatch()
    {
        _loop?.Remove(_descriptor);
        _loop = null;
        _dropped = 0;
    }

    /// <summary>One of the readers has come or gone, or goes with its guest taking nothing.</summary>
    /// <param name="holding">Change of the number of readers whose guests take nothing.</param>
    public void OnReadersChanged(int holding)
    {
        _holding += holding;
        if (_loop is null || _isWaiting == MayWait)
            return;
        _isWaiting = MayWait;
        _loop.Change(_descriptor, _isWaiting ? Readiness.Readable : Readiness.None);
    }

    /// <summary>Lets one of the readers read, rather the one that the last packet was for.</summary>
    public void WakeReader()
    {
        if (_tunnel.Sessions.Last is { IsHolding: false } last && last.Reads(this))
        {
            last.OnReadable(this);
            return;
        }

        for (int i = 0; i < _readers.Count; i++)
        {
            if (_readers[i].IsHolding)
                continue;
            _readers[i].OnReadable(this);
            return;
        }
    }

    /// <summary>Messages that were received wait for a reader: the kernel says nothing about them any more.</summary>
    public void WakeReaderForRest()
    {
        if (_messages.HasMessage)
            WakeReader();
    }

    public void OnReady(Readiness readiness)
    {
        if ((readiness & Readiness.Error) != 0)
        {
            // An error that nobody takes would be reported without end.
            _errors.Take();
            _tunnel.TellReceiveErrors();
        }

        if ((readiness & Readiness.Readable) != 0)
            WakeReader();
    }

    /// <summary>Adds packets of a session to its batch, receiving once at most.</summary>
    /// <param name="asking">The session.</param>
    /// <param name="batch">Its batch.</param>
    /// <param name="firstToken">Token of the first message.</param>
    /// <param name="references">What the batch refers to.</param>
    /// <returns>True when more may be there, of whichever session.</returns>
    public bool Fill(TunnelSession asking, FrameBatch batch, nuint firstToken, BufferReferences references)
    {
        if (!_messages.HasMessage && _messages.TryReceive())
            _offset = 0;
        while (_messages.HasMessage && Deliver(asking, batch, firstToken + (nuint)_messages.Index, references))
        {
            _messages.Next();
            _offset = 0;
        }

        if (_messages.HasMessage)
            return true;
        _messages.ReturnBuffers();
        return _messages.MayHaveMore;
    }

    /// <inheritdoc cref="MessageReceiver.SenderOf"/>
    public ReadOnlySpan<byte> SenderOf(int index) => _messages.SenderOf(index);

    public void Dispose()
    {
        Unwatch();
        _messages.Dispose();
    }

    /// <summary>Gives what is left of the present message to its sessions.</summary>
    /// <returns>False when one of them had no room for all; it gets room with its next turn.</returns>
    private bool Deliver(TunnelSession asking, FrameBatch batch, nuint token, BufferReferences references)
    {
        byte* packet = _messages.Data;
        int length = _messages.Length;
        ReceiveControl control = _messages.Control;
        if (_offset == 0)
            CountKernelDrops(control, batch);
        if (_hasIPv4Header)
        {
            if (!IPv4Packet.TryParse(new ReadOnlySpan<byte>(packet, length), out int headerLength, out int totalLength))
            {
                _tunnel.Refuse(FrameVerdict.BadIpHeader, token);
                return true;
            }

            packet += headerLength;
            length = totalLength - headerLength;
        }

        bool isWhole = control.SegmentLength <= 0 || control.SegmentLength >= length;
        int step = isWhole ? Math.Max(length, 1) : control.SegmentLength;
        if (_messages.IsTruncated)
        {
            if (_offset == 0)
                _tunnel.Refuse(FrameVerdict.Truncated, token);
            length -= ((length - 1) % step) + 1;
            if (length == 0)
                return true;
        }

        PacketRun run = new() { Step = step, Token = token, Buffers = _messages.Buffers! };
        do
        {
            run.Data = packet + _offset;
            run.Length = length - _offset;
            TunnelSession? session = FindRun(ref run, out FrameVerdict verdict);
            int taken = session is null ? Refuse(run, verdict) : Give(session, asking, batch, ref run, references);
            _offset += taken;
            if (!isWhole)
                _counters.DatagramsCoalesced += (taken + step - 1) / step;
            if (taken < run.Length)
                return false;
        }
        while (_offset < length);
        _counters.MessagesCoalesced += isWhole ? 0 : 1;
        return true;
    }

    /// <summary>Shortens a run to the packets at its beginning that have one session.</summary>
    /// <param name="run">The packets.</param>
    /// <param name="verdict">Why they are nobody's, when null is returned.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private TunnelSession? FindRun(ref PacketRun run, out FrameVerdict verdict)
    {
        int fixedLength = _isUdp ? sizeof(ulong) : sizeof(uint);
        if (Math.Min(run.Step, run.Length) < fixedLength)
        {
            run.Length = Math.Min(run.Step, run.Length);
            verdict = FrameVerdict.TooShort;
            return null;
        }

        ulong key = KeyOf(run.Data);
        int end = run.Step;
        while (end < run.Length && run.Length - end >= fixedLength && KeyOf(run.Data + end) == key)
            end += run.Step;
        run.Length = Math.Min(end, run.Length);
        uint wireId = _isUdp ? (uint)(key >> 32) : (uint)key;
        if (_isUdp && (key & UdpControlBit) != 0)
        {
            verdict = FrameVerdict.ControlMessage;
            return null;
        }

        TunnelSession? session = _tunnel.Sessions.Find(wireId);
        // With rxsession=0 session 0 is data, as two QEMUs with txsession=0 exchange it; a peer with a control
        // connection must not be given that number (RFC 3931, 4.1.1.2).
        verdict = wireId == 0 && !_isUdp ? FrameVerdict.ControlMessage : FrameVerdict.WrongSession;
        return session;
    }

    /// <summary>What tells whose a packet is. The version and the reserved bits may be anything, as with QEMU; no data message has the T bit.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ulong KeyOf(byte* packet) => _isUdp ? Unsafe.ReadUnaligned<ulong>(packet) & UdpMask : Unsafe.ReadUnaligned<uint>(packet);

    /// <returns>Bytes taken.</returns>
    private int Give(TunnelSession session, TunnelSession asking, FrameBatch batch, ref PacketRun run, BufferReferences references)
    {
        run.IsForeign = !_messages.IsFrom(session.PeerAddress);
        int taken;
        if (session == asking)
        {
            taken = batch.AddRun(run.Data, run.Length, run.Step, run.Token, run.IsForeign);
            if (taken > 0)
                references.Add(run.Buffers);
        }
        else
        {
            taken = session.Enqueue(run, run.IsForeign ? _messages.SenderOf(_messages.Index) : default);
        }

        _tunnel.CountDelivered((taken + run.Step - 1) / run.Step, taken);
        return taken;
    }

    private int Refuse(in PacketRun run, FrameVerdict verdict)
    {
        _tunnel.Refuse(verdict, run.Token, Math.Max(run.Count, 1));
        return run.Length;
    }

    /// <summary>Whose they were is known only where a socket has one reader.</summary>
    private void CountKernelDrops(in ReceiveControl control, FrameBatch batch)
    {
        if (!control.HasDropped || control.Dropped == _dropped)
            return;
        long count = control.Dropped - _dropped;
        _dropped = control.Dropped;
        if (_readers.Count == 1)
            batch.Reject(FrameVerdict.ReceiveBufferFull, count);
        else
            _tunnel.Refuse(FrameVerdict.ReceiveBufferFull, FrameSlot.FromUnknown, count);
    }
}
