using System.Buffers.Binary;
using System.Net.Sockets;

namespace QemuL2tp.Integration.Peers;

/// <summary>
/// Plays QEMU with frames that carry a number: sends them, and notes which come in, in which order. Other frames, such as
/// what a kernel sends by itself, are passed over.
/// </summary>
internal sealed class NumberedFrames : IDisposable
{
    private const ushort EtherType = 0x88b5; // for local experiments
    private const int NumberAt = 14;
    private const int Length = 60;
    private static readonly TimeSpan s_pace = TimeSpan.FromMilliseconds(3);
    private readonly StreamClient _qemu;
    private readonly Thread _receiver;
    private readonly Lock _gate = new();
    private readonly List<int> _received = [];
    private volatile int _next;

    /// <param name="socketPath">The socket of the back end.</param>
    /// <param name="first">The number of the first frame.</param>
    public NumberedFrames(string socketPath, int first = 0)
    {
        _next = first;
        _qemu = new StreamClient(socketPath, patience: 0);
        _receiver = new Thread(Receive) { IsBackground = true, Name = "numbered frames" };
        _receiver.Start();
    }

    /// <summary>The number of the next frame to be sent.</summary>
    public int Next => _next;

    public IReadOnlyList<int> Received
    {
        get
        {
            lock (_gate)
            {
                return [.. _received];
            }
        }
    }

    public static byte[] Frame(int number)
    {
        byte[] frame = new byte[Length];
        byte[] addresses = [0x52, 0x54, 0, 0, 0x77, 0x43, 0x52, 0x54, 0, 0, 0x77, 0x42];
        addresses.CopyTo(frame, 0);
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(12), EtherType);
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(NumberAt), number);
        return frame;
    }

    /// <summary>Takes the next number for a frame that goes another way.</summary>
    public int TakeNumber() => _next++;

    public void Send(int count)
    {
        for (int i = 0; i < count; i++)
        {
            _qemu.Send(Frame(_next));
            _next++;
        }
    }

    /// <summary>Sends frames and answers what came in from then on, once all are here.</summary>
    public IReadOnlyList<int> Exchange(int count)
    {
        int before = Received.Count;
        Send(count);
        return ReceivedSince(before, count);
    }

    /// <summary>What came in after the first <paramref name="before"/>, once there are as many as asked for; fewer when they never come.</summary>
    public IReadOnlyList<int> ReceivedSince(int before, int count)
    {
        Until.Reached(() => Received.Count - before, count);
        return [.. Received.Skip(before)];
    }

    /// <summary>Waits until a frame has come in, and answers all that came in.</summary>
    public IReadOnlyList<int> ReceivedUpTo(int number)
    {
        Until.True(() => Received.Contains(number), () => $"frame {number} comes in; the last was {Received.LastOrDefault(-1)}");
        return Received;
    }

    /// <summary>Sends a frame every few milliseconds until the answer is disposed of or the connection ends.</summary>
    public IDisposable KeepSending() => new Sender(this);

    public void Dispose()
    {
        try
        {
            _qemu.HangUp();
        }
        catch (SocketException)
        {
            // The other side was first.
        }

        _receiver.Join();
        _qemu.Dispose();
    }

    private void Receive()
    {
        try
        {
            while (_qemu.Receive() is { } frame)
            {
                if (frame.Length == Length && BinaryPrimitives.ReadUInt16BigEndian(frame.AsSpan(12)) == EtherType)
                {
                    lock (_gate)
                    {
                        _received.Add(BinaryPrimitives.ReadInt32BigEndian(frame.AsSpan(NumberAt)));
                    }
                }
            }
        }
        catch (SocketException)
        {
            // The back end was killed.
        }
    }

    private sealed class Sender : IDisposable
    {
        private readonly Thread _thread;
        private volatile bool _ending;

        public Sender(NumberedFrames frames)
        {
            _thread = new Thread(() => Run(frames)) { IsBackground = true, Name = "sender of frames" };
            _thread.Start();
        }

        public void Dispose()
        {
            _ending = true;
            _thread.Join();
        }

        private void Run(NumberedFrames frames)
        {
            try
            {
                while (!_ending)
                {
                    frames.Send(1);
                    // Clock: nothing depends on how fast it is.
                    Thread.Sleep(s_pace);
                }
            }
            catch (SocketException)
            {
                // The back end was killed.
            }
        }
    }
}
