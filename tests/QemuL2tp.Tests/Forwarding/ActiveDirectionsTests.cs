using QemuL2tp.EventLoop;
using QemuL2tp.Forwarding;
using QemuL2tp.Frames;
using QemuL2tp.Tests.TestSupport;

namespace QemuL2tp.Tests.Forwarding;

/// <summary>A worker runs the directions that have something to do, in turns, and no other.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class ActiveDirectionsTests : IDisposable
{
    private const int Links = 1000;

    /// <summary>Batches of each direction between two looks at epoll.</summary>
    private const int MaxPasses = 4;

    private readonly Worker _worker = new();
    private readonly List<ScriptedPort> _guests = [];

    public void Dispose() => _worker.Dispose();

    [Test]
    public void One_busy_pseudowire_among_many_runs_alone()
    {
        Open(Links);
        for (int i = 0; i < 50; i++)
        {
            _guests[500].MoreTimes = 1;
            _guests[500].Readable.Set();
            Assert.That(_worker.RunTurn(-1), Is.False, "nothing is left");
        }

        Assert.That(_guests[500].Turns, Is.EqualTo(100), "the frames, and that there are no others");
        Assert.That(_guests.Sum(guest => guest.Turns), Is.EqualTo(100));
    }

    [Test]
    public void Those_that_always_have_more_are_served_in_turns()
    {
        Open(Links);
        ScriptedPort[] busy = [_guests[1], _guests[7], _guests[999]];
        foreach (ScriptedPort guest in busy)
        {
            guest.MoreTimes = int.MaxValue;
            guest.Readable.Set();
        }

        for (int turn = 1; turn <= 5; turn++)
        {
            Assert.That(_worker.RunTurn(-1), Is.True, "there is more");
            Assert.That(busy.Select(guest => guest.Turns), Is.All.EqualTo(turn * MaxPasses));
        }

        _guests[3].Readable.Set();
        _worker.RunTurn(-1);
        Assert.That(_guests[3].Turns, Is.EqualTo(1), "one that comes later has its turn too");
    }

    [Test]
    public void A_direction_that_another_one_wakes_runs_in_the_same_turn_and_once()
    {
        Open(3);
        _guests[0].Filling = () =>
        {
            _guests[2].Readable.Set();
            _guests[2].Readable.Set();
        };
        _guests[0].Readable.Set();
        Assert.That(_worker.RunTurn(-1), Is.False);
        Assert.That(_guests.Select(guest => guest.Turns), Is.EqualTo((int[])[1, 0, 1]));
    }

    [Test]
    public void Two_that_wake_one_another_without_end_leave_the_worker_time_to_look_at_epoll()
    {
        Open(2);
        _guests[0].Filling = _guests[1].Readable.Set;
        _guests[1].Filling = _guests[0].Readable.Set;
        _guests[0].Readable.Set();
        Assert.That(_worker.RunTurn(-1), Is.True);
        Assert.That(_guests.Select(guest => guest.Turns), Is.All.EqualTo(MaxPasses / 2));
    }

    [Test]
    public void A_stage_that_is_due_wakes_its_own_direction()
    {
        var stage = new DueOnce();
        Open(10);
        _worker.Add(new PseudowireLink(Port(), Port(), [stage], []));
        Open(10);
        _guests[10].Readable.Set();
        for (int turns = 0; stage.Applied == 0 && turns < 10; turns++)
            _worker.RunTurn(0);
        Assert.That(stage.Applied, Is.EqualTo(1));
        Assert.That(_guests.Where(guest => guest != _guests[10]).Sum(guest => guest.Turns), Is.Zero);
    }

    [Test]
    public void A_source_that_has_frames_when_a_stage_is_due_is_read_until_it_has_none()
    {
        var stage = new DueLater();
        ScriptedPort guest = Port();
        _worker.Add(new PseudowireLink(guest, Port(), [stage], []));
        int fills = 0;
        guest.Filling = () => stage.Begin();
        guest.Readable.Set();
        _worker.RunTurn(0);
        Assert.That(guest.Readable.IsSet, Is.False, "asleep");
        guest.Filling = () => fills++;
        guest.MoreTimes = 2;
        Until.True(
            () =>
            {
                _worker.RunTurn(0);
                return stage.Applied > 0;
            },
            "the stage is due");
        _worker.RunTurn(0);
        Assert.That(fills, Is.EqualTo(3), "two with frames, one without");
    }

    [Test]
    public void A_link_that_is_taken_out_is_off_the_list_and_the_others_stay_on_it()
    {
        var links = new List<PseudowireLink>();
        for (int i = 0; i < 3; i++)
        {
            links.Add(new PseudowireLink(Port(), new ScriptedPort(), [], []));
            _worker.Add(links[i]);
            _guests[i].Readable.Set();
        }

        _worker.Remove(links[1]);
        _guests[1].Readable.Set();
        _worker.RunTurn(-1);
        Assert.That(_guests.Select(guest => guest.Turns), Is.EqualTo((int[])[1, 0, 1]));
        Assert.That(_worker.RunTurn(0), Is.False);
    }

    private void Open(int links)
    {
        for (int i = 0; i < links; i++)
            _worker.Add(new PseudowireLink(Port(), new ScriptedPort(), [], []));
    }

    private ScriptedPort Port()
    {
        var port = new ScriptedPort();
        _guests.Add(port);
        return port;
    }

    /// <summary>Wants to be called without frames once, a little after it was told to begin.</summary>
    private sealed class DueLater : IFrameStage
    {
        private const int Milliseconds = 200;

        public int Applied { get; private set; }

        public long Due { get; private set; } = long.MaxValue;

        public void Begin() => Due = Environment.TickCount64 + Milliseconds; // Clock: a stage is due by it.

        public void Apply(FrameBatch batch, long now)
        {
            Applied++;
            Due = long.MaxValue;
        }
    }

    /// <summary>Wants to be called without frames at once, and once.</summary>
    private sealed class DueOnce : IFrameStage
    {
        public int Applied { get; private set; }

        public long Due => Applied == 0 ? 0 : long.MaxValue;

        public void Apply(FrameBatch batch, long now) => Applied++;
    }
}
