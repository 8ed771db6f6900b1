using QemuL2tp.EventLoop;
using Tmds.Linux;

namespace QemuL2tp.Tests.EventLoop;

internal sealed class EpollSetTests
{
    [Test]
    public void An_event_of_a_closed_descriptor_is_not_told_to_whoever_got_its_number_in_the_same_round()
    {
        using var set = new EpollSet();
        int[] descriptors = [Ready(), Ready()];
        int stranger = -1;
        var told = new List<int>();
        foreach (int descriptor in descriptors)
            set.Add(descriptor, Readiness.Readable, new Handler(() => Replace(descriptor)));

        set.Wait(0);
        Assert.That(told, Has.Count.EqualTo(1), "one of the two, which has taken the other's place");
        set.Wait(0);
        Assert.That(told, Has.Count.EqualTo(2), "the remaining one goes on");

        foreach (int descriptor in descriptors)
            Assert.That(LibC.close(descriptor), Is.Zero);

        // The other one's descriptor is closed, and a new one, which is not ready, gets its number.
        void Replace(int mine)
        {
            told.Add(mine);
            if (stranger >= 0)
                return;
            int other = descriptors.Single(descriptor => descriptor != mine);
            set.Remove(other);
            Assert.That(LibC.close(other), Is.Zero);
            stranger = LibC.eventfd(0, LibC.EFD_CLOEXEC | LibC.EFD_NONBLOCK);
            if (stranger != other)
            {
                Assert.That(LibC.fcntl(stranger, LibC.F_DUPFD_CLOEXEC, other), Is.EqualTo(other), "another thread of the tests has taken the number");
                Assert.That(LibC.close(stranger), Is.Zero);
                stranger = other;
            }

            set.Add(stranger, Readiness.Readable, new Handler(() => Assert.Fail("told of somebody else's event")));
        }
    }

    private static int Ready() => LibC.eventfd(1, LibC.EFD_CLOEXEC | LibC.EFD_NONBLOCK);

    private sealed class Handler(Action ready) : IEventHandler
    {
        public void OnReady(Readiness readiness) => ready();
    }
}
