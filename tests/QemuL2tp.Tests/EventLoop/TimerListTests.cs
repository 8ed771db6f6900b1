using QemuL2tp.EventLoop;
using QemuL2tp.Tests.TestSupport;

namespace QemuL2tp.Tests.EventLoop;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class TimerListTests
{
    private readonly List<Handler> _fired = [];
    private readonly TimerList _timers;
    private long _now = 1000;

    public TimerListTests() => _timers = new TimerList(() => _now);

    [Test]
    public void Without_a_timer_there_is_nothing_to_wait_for() => Assert.That(_timers.UntilNext(), Is.EqualTo(-1));

    [Test]
    public void Those_that_are_due_fire_once_in_the_order_of_time()
    {
        Handler[] handlers = [New(), New(), New(), New()];
        _timers.Set(handlers[0], 30);
        _timers.Set(handlers[1], 10);
        _timers.Set(handlers[2], 20);
        _timers.Set(handlers[3], 40);
        Assert.That(_timers.UntilNext(), Is.EqualTo(10));
        _now += 30;
        _timers.Run();
        _timers.Run();
        Assert.That(_fired, Is.EqualTo((Handler[])[handlers[1], handlers[2], handlers[0]]));
        Assert.That(_timers.UntilNext(), Is.EqualTo(10));
        _now += 20;
        Assert.That(_timers.UntilNext(), Is.Zero, "late");
    }

    [Test]
    public void One_that_is_set_anew_while_it_fires_fires_in_a_later_turn([Values(0, 5)] int milliseconds)
    {
        Handler handler = New();
        handler.Fires = () => _timers.Set(handler, milliseconds);
        _timers.Set(handler, 0);
        _timers.Run();
        Assert.That(_fired, Has.Count.EqualTo(1));
        _now += Math.Max(1, milliseconds);
        _timers.Run();
        Assert.That(_fired, Has.Count.EqualTo(2));
    }

    [Test]
    public void One_that_another_takes_back_does_not_fire()
    {
        Handler[] handlers = [New(), New()];
        handlers[0].Fires = () => _timers.Clear(handlers[1]);
        _timers.Set(handlers[0], 1);
        _timers.Set(handlers[1], 2);
        _now += 10;
        _timers.Run();
        Assert.That(_fired, Is.EqualTo((Handler[])[handlers[0]]));
        Assert.That(_timers.UntilNext(), Is.EqualTo(-1));
    }

    [Test]
    public void It_does_what_a_plain_list_would([Range(1, 20)] int seed)
    {
        var random = new FastRandom((ulong)seed);
        Handler[] handlers = [.. Enumerable.Range(0, 200).Select(_ => New())];
        Dictionary<Handler, long> model = [];
        for (int step = 0; step < 5000; step++)
        {
            Handler handler = handlers[random.Next(handlers.Length)];
            switch (random.Next(4))
            {
                case 0:
                    _timers.Clear(handler);
                    model.Remove(handler);
                    break;
                case 1:
                    _now += random.Next(20);
                    Handler[] due = [.. model.Where(timer => timer.Value <= _now).Select(timer => timer.Key)];
                    long[] times = [.. due.Select(each => model[each]).Order()];
                    _fired.Clear();
                    _timers.Run();
                    Assert.That(_fired, Is.EquivalentTo(due));
                    Assert.That(_fired.Select(each => model[each]), Is.EqualTo(times));
                    Array.ForEach(due, each => model.Remove(each));
                    break;
                default:
                    int milliseconds = random.Next(300);
                    _timers.Set(handler, milliseconds);
                    model[handler] = _now + milliseconds;
                    break;
            }

            Assert.That(_timers.UntilNext(), Is.EqualTo(model.Count == 0 ? -1 : Math.Max(0, model.Values.Min() - _now)));
        }
    }

    [Test]
    public void Timers_that_are_set_and_taken_back_again_and_again_allocate_nothing()
    {
        Handler[] handlers = [.. Enumerable.Range(0, 1000).Select(_ => New())];
        Run();
        long before = GC.GetAllocatedBytesForCurrentThread();
        Run();
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);

        void Run()
        {
            for (int i = 0; i < 10_000; i++)
            {
                _timers.Set(handlers[i % handlers.Length], 1 + (i * 7919 % 1000));
                if (i % 3 == 0)
                    _timers.Clear(handlers[i * 31 % handlers.Length]);
            }

            foreach (Handler handler in handlers)
                _timers.Clear(handler);
        }
    }

    private Handler New() => new(_fired);

    private sealed class Handler(List<Handler> fired) : IEventHandler
    {
        public Action? Fires { get; set; }

        public void OnReady(Readiness readiness)
        {
        }

        public void OnTimer()
        {
            fired.Add(this);
            Fires?.Invoke();
        }
    }
}
