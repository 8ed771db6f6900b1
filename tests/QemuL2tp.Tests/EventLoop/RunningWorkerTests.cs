using System.Net.Sockets;
using QemuL2tp.EventLoop;
using QemuL2tp.Forwarding;
using QemuL2tp.Frames;
using QemuL2tp.Guest.Stream;
using QemuL2tp.L2tpv3;
using QemuL2tp.Options;
using QemuL2tp.Tests.TestSupport;
using QemuL2tp.Tunnel;

namespace QemuL2tp.Tests.EventLoop;

/// <summary>Links that come to a worker that runs, and go.</summary>
[NonParallelizable]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class RunningWorkerTests : IDisposable
{
    private const int Turns = 10_000;

    private readonly TemporaryDirectory _directory = new();
    private readonly RecordingLog _log = new();

    public void Dispose() => _directory.Dispose();

    [Test]
    public void It_still_allocates_nothing_for_frames()
    {
        L2tpv3Options options = Loopback.NewOptions();
        using var worker = new Worker();
        worker.Start("running");
        for (int i = 0; i < 20; i++)
        {
            PseudowireLink passing = Link(Loopback.NewOptions(), "passing", out _);
            worker.Add(passing);
            worker.Remove(passing);
        }

        worker.Add(Link(options, "staying", out Meter meter));
        using Socket peer = Loopback.PeerOf(options);
        using FakeQemu qemu = FakeQemu.Connect(_directory.File("staying"));
        L2tpPeer codec = PseudowireOptions.PeerOf(options);
        byte[] datagram = codec.Encode(LoopbackLink.Frame(1514));
        // Both the first batches and what is compiled again later are no measure.
        Run(Turns);
        long before = meter.Allocated;
        Run(Turns);
        Assert.That(meter.Allocated - before, Is.Zero);
        Assert.That(before, Is.GreaterThan(0), "adding and removing is not free, so something was measured");

        void Run(int turns)
        {
            for (int i = 0; i < turns; i++)
            {
                peer.SendTo(datagram, Loopback.SourceOf(options));
                Assert.That(qemu.Receive(), Has.Length.EqualTo(1514));
            }
        }
    }

    [Test]
    public void A_link_that_goes_while_its_frames_run_takes_only_them_with_it()
    {
        L2tpv3Options[] options = [Loopback.NewOptions(), Loopback.NewOptions()];
        using var worker = new Worker();
        worker.Start("running");
        worker.Add(Link(options[0], "staying", out _));
        using Socket peer = Loopback.PeerOf(options[0]);
        using FakeQemu qemu = FakeQemu.Connect(_directory.File("staying"));
        L2tpPeer codec = PseudowireOptions.PeerOf(options[0]);
        byte[] flood = PseudowireOptions.PeerOf(options[1]).Encode(LoopbackLink.Frame(1000));
        using var end = new CancellationTokenSource();
        Task flooding = Task.Run(() =>
        {
            using Socket other = Loopback.PeerOf(options[1]);
            while (!end.IsCancellationRequested)
                other.SendTo(flood, Loopback.SourceOf(options[1]));
        });
        for (int i = 0; i < 300; i++)
        {
            PseudowireLink passing = Link(options[1], "passing", out _);
            worker.Add(passing);
            using (FakeQemu.Connect(_directory.File("passing")))
            {
                peer.SendTo(codec.Encode(LoopbackLink.Frame(60, i)), Loopback.SourceOf(options[0]));
                Assert.That(qemu.Receive(), Is.EqualTo(LoopbackLink.Frame(60, i)));
                worker.Remove(passing);
            }
        }

        end.Cancel();
        flooding.Wait();
        Assert.That(worker.Load, Is.EqualTo(1));
    }

    private PseudowireLink Link(L2tpv3Options options, string name, out Meter meter)
    {
        meter = new Meter(new Decapsulator(options));
        return new PseudowireLink(new StreamPort(LoopbackLink.Unix(_directory.File(name)), name, _log), TunnelSession.OpenAlone(options, _log), [new Encapsulator(options)], [meter]);
    }

    /// <summary>Reads in each turn what the worker's thread has allocated.</summary>
    private sealed class Meter(Decapsulator inner) : IFrameStage
    {
        private long _allocated;

        public long Allocated => Volatile.Read(ref _allocated);

        public void Apply(FrameBatch batch, long now)
        {
            inner.Apply(batch, now);
            Volatile.Write(ref _allocated, GC.GetAllocatedBytesForCurrentThread());
        }
    }
}
