using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace QemuL2tp.Integration.Relay;

/// <summary>
/// Stands between two UDP endpoints, each of which takes it for the other, and impairs what passes, each direction by
/// itself. The near endpoint talks to one address of the relay, the far endpoint to another.
/// </summary>
internal sealed class UdpRelay : IDisposable
{
    private static readonly TimeSpan s_longestWait = TimeSpan.FromMilliseconds(20);
    private readonly Lock _gate = new();
    // Clock: it makes delays.
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private readonly Side _near;
    private readonly Side _far;
    private readonly Thread _thread;
    private volatile bool _ending;

    /// <param name="near">Where the near endpoint is.</param>
    /// <param name="nearRelay">What the near endpoint takes for the far one.</param>
    /// <param name="farRelay">What the far endpoint takes for the near one.</param>
    /// <param name="far">Where the far endpoint is.</param>
    /// <param name="seed">Decides, with the number of a packet, what happens to it.</param>
    public UdpRelay(IPEndPoint near, IPEndPoint nearRelay, IPEndPoint farRelay, IPEndPoint far, int seed)
    {
        _near = new Side(nearRelay, near);
        _far = new Side(farRelay, far);
        ToFar = new ImpairedPath(seed, _far.Send);
        ToNear = new ImpairedPath(seed + 1, _near.Send);
        _thread = new Thread(Run) { IsBackground = true, Name = "relay" };
        _thread.Start();
    }

    public RelayLog LogToFar => Locked(() => ToFar.Log);

    public RelayLog LogToNear => Locked(() => ToNear.Log);

    /// <summary>How many packets came in from the near and from the far end.</summary>
    public (int FromNear, int FromFar) Arrived => Locked(() => (ToFar.Arrived, ToNear.Arrived));

    /// <summary>Shown each packet of the near endpoint as it arrives, on the relay's thread; null: nobody looks.</summary>
    public Action<byte[]>? FromNear { get; set; }

    /// <summary>The same for the far endpoint.</summary>
    public Action<byte[]>? FromFar { get; set; }

    private ImpairedPath ToFar { get; }

    private ImpairedPath ToNear { get; }

    /// <summary>Changes what happens to the packets that arrive from now on.</summary>
    public void Impair(Impairment toFar, Impairment toNear) => Locked(() =>
    {
        ToFar.Impairment = toFar;
        ToNear.Impairment = toNear;
        return true;
    });

    /// <summary>Sends whatever is still held.</summary>
    public void Flush() => Locked(() =>
    {
        ToFar.Flush();
        ToNear.Flush();
        return true;
    });

    /// <summary>Closes the sockets, loses what is held and what waits to be read, and begins again.</summary>
    public void Restart() => Locked(() =>
    {
        ToFar.Forget();
        ToNear.Forget();
        _near.Reopen();
        _far.Reopen();
        return true;
    });

    /// <summary>Sends a packet of the caller's to the far endpoint. It is not impaired and not in the log.</summary>
    public void InjectToFar(byte[] packet) => Locked(() =>
    {
        _far.Send(packet);
        return true;
    });

    public void Dispose()
    {
        _ending = true;
        _thread.Join();
        _near.Dispose();
        _far.Dispose();
    }

    private T Locked<T>(Func<T> action)
    {
        lock (_gate)
        {
            return action();
        }
    }

    private void Run()
    {
        byte[] buffer = new byte[65536];
        while (!_ending)
        {
            var readable = new List<Socket>();
            TimeSpan wait = s_longestWait;
            lock (_gate)
            {
                readable.AddRange([_near.Socket, _far.Socket]);
                foreach (TimeSpan due in new[] { ToFar.Due, ToNear.Due }.OfType<TimeSpan>())
                {
                    wait = due - _clock.Elapsed is var left && left < wait ? left : wait;
                }
            }

            try
            {
                Socket.Select(readable, null, null, wait < TimeSpan.Zero ? TimeSpan.Zero : wait);
            }
            catch (Exception error) when (error is ObjectDisposedException or SocketException)
            {
                continue; // closed by Restart
            }

            lock (_gate)
            {
                _near.ReadInto(ToFar, buffer, _clock, FromNear);
                _far.ReadInto(ToNear, buffer, _clock, FromFar);
                ToFar.Release(_clock.Elapsed);
                ToNear.Release(_clock.Elapsed);
            }
        }
    }

    private sealed class Side(IPEndPoint local, IPEndPoint remote) : IDisposable
    {
        private const int Burst = 64;
        private const int KernelBuffer = 8 << 20;

        public Socket Socket { get; private set; } = Open(local);

        public void Send(byte[] packet) => Socket.SendTo(packet, remote);

        public void ReadInto(ImpairedPath path, byte[] buffer, Stopwatch clock, Action<byte[]>? see)
        {
            for (int i = 0; i < Burst && Socket.Poll(0, SelectMode.SelectRead); i++)
            {
                Span<byte> packet = buffer.AsSpan(0, Socket.Receive(buffer));
                see?.Invoke(packet.ToArray());
                path.Take(packet, clock.Elapsed);
            }
        }

        public void Reopen()
        {
            Socket.Dispose();
            Socket = Open(local);
        }

        public void Dispose() => Socket.Dispose();

        private static Socket Open(IPEndPoint local)
        {
            var socket = new Socket(local.AddressFamily, SocketType.Dgram, ProtocolType.Udp)
            {
                ReceiveBufferSize = KernelBuffer,
                SendBufferSize = KernelBuffer,
            };
            socket.Bind(local);
            return socket;
        }
    }
}
