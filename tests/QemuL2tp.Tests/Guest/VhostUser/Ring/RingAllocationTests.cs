using QemuL2tp.Tests.TestSupport;

namespace QemuL2tp.Tests.Guest.VhostUser.Ring;

public class RingAllocationTests
{
    private const int Turns = 10_000;
    private const int Batch = 64;

    [Test]
    public unsafe void Taking_returning_and_publishing_allocates_nothing([Values] bool packed, [Values] bool eventIndex, [Values] bool indirect)
    {
        using VirtqueueUnderTest test = new(new RingKind(256, packed, eventIndex, indirect));
        for (int i = 0; i < Batch; i++)
            test.Driver.AddTransmit(new byte[100], 12);

        Run(100);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Run(Turns);
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);

        // The device starts anew each time, in the state of the ring as it is.
        void Run(int turns)
        {
            uint start = test.Queue.Base;
            for (int turn = 0; turn < turns; turn++)
            {
                test.Queue.DisableKicks();
                for (int i = 0; i < Batch; i++)
                    test.Take();
                test.Queue.Position = start;
                test.Take();
                test.Queue.EnableKicks();
                test.Queue.Position = start;
                test.Queue.Publish();
            }
        }
    }
}
