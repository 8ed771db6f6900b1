using QemuL2tp.Guest.VhostUser.Ring;
using QemuL2tp.Tests.TestSupport;

namespace QemuL2tp.Tests.Guest.VhostUser.Ring;

/// <summary>
/// A driver and a device that do 100 000 random things each in turn. Nothing is lost, nothing comes twice, order is kept, and
/// whoever waits for an event gets it; <see cref="MockDriver"/> checks the writes of the device.
/// </summary>
public class RingRunTests
{
    private const int Operations = 100_000;
    private static readonly int[] s_lengths = [1, 12, 60, 200];

    private static IEnumerable<TestCaseData> Rings() =>
        from packed in new[] { false, true }
        from size in packed ? new uint[] { 1, 3, 64 } : [1, 4, 64]
        from eventIndex in new[] { false, true }
        from indirect in new[] { false, true }
        from isReceive in new[] { false, true }
        select new TestCaseData(new RingKind(size, packed, eventIndex, indirect), isReceive)
            .SetArgDisplayNames($"{(packed ? "packed" : "split")} {size}", eventIndex ? "event-idx" : "flags", indirect ? "indirect" : "direct", isReceive ? "receive" : "transmit");

    [TestCaseSource(nameof(Rings))]
    public void Nothing_is_lost_nothing_comes_twice_and_whoever_waits_is_woken(object ring, bool isReceive)
    {
        using VirtqueueUnderTest test = new((RingKind)ring, isReceive, 4 << 20);
        Run run = new(test, seed: 7);
        // Soon across the wrap of the 16-bit index.
        if (test.Driver is MockDriverSplit split)
        {
            split.StartAt(65000);
            test.Start(65000);
        }

        test.Driver.EnableCalls();

        for (int i = 0; i < Operations; i++)
            run.Step();
        run.Finish();

        Assert.That(run.Completed, Is.GreaterThan(1000));
        Assert.That(test.Guest.AreGuardsWhole, Is.True);
    }

    private sealed class Run(VirtqueueUnderTest test, ulong seed)
    {
        private readonly FastRandom _random = new(seed);
        private readonly MockDriver _driver = test.Driver;
        private readonly bool _isPacked = test.Driver.Kind.IsPacked;

        /// <summary>Positions before each buffer that is taken and not returned.</summary>
        private readonly List<(uint Position, ushort Id, ushort Slots, uint Capacity)> _taken = [];

        /// <summary>Bytes written to what was returned and not yet seen by the driver.</summary>
        private readonly Queue<byte[]> _written = new();

        /// <summary>Without event indexes: the driver wants calls. With them: it waits at <see cref="_callAt"/>, in entries since the beginning.</summary>
        private bool _wantsCalls = true;
        private long _callAt;
        private long _published;
        private long _returned;
        private long _seen;
        private byte _added;
        private byte _expected;
        private bool _isWaitingForKick;
        private int _addedWithoutKick;

        /// <summary>Buffers that made the whole way.</summary>
        public int Completed { get; private set; }

        public void Step()
        {
            switch (_random.Next(11))
            {
                case 0 or 1 or 2:
                    Add();
                    break;
                case 3 or 4 or 5:
                    Take();
                    break;
                case 6:
                    GiveBack();
                    break;
                case 7:
                    Return();
                    break;
                case 8:
                    Publish();
                    break;
                case 9:
                    SeeUsed();
                    break;
                default:
                    ChangeEvents();
                    break;
            }
        }

        /// <summary>Lets everything come to its end.</summary>
        public void Finish()
        {
            while (_driver.Outstanding.Count > 0)
            {
                Take();
                Return();
                Publish();
                SeeUsed();
            }

            Check(_taken.Count == 0 && _written.Count == 0 && _added == _expected, "something is left");
        }

        private void Add()
        {
            int pieces = _random.Between(1, 4);
            if (pieces > (_driver.Kind.HasIndirect ? _driver.Kind.Size : _driver.FreeSlots) || _driver.FreeSlots == 0)
                return;
            int[] lengths = [.. Enumerable.Range(0, pieces).Select(_ => s_lengths[_random.Next(s_lengths.Length)])];
            List<(ulong, uint)> buffers = [.. lengths.Select(length => (test.Guest.Allocate((uint)length), (uint)length))];
            // The first byte tells the buffer from others.
            test.Guest.Write(buffers[0].Item1, [_added++]);
            _addedWithoutKick += _driver.Add(buffers, test.IsReceive).Slots;
            // A driver does not go round the ring without a thought of kicking.
            if (_addedWithoutKick + 4 < _driver.Kind.Size && _random.Chance(30))
                return;
            _addedWithoutKick = 0;
            bool kicked = _driver.Kick();
            Check(kicked || !_isWaitingForKick, "the device waits for a kick that does not come");
            _isWaitingForKick = false;
        }

        private void Take()
        {
            uint position = test.Queue.Position;
            TakeResult result = test.Take();
            int untaken = _driver.Outstanding.Count - _taken.Count - _written.Count;
            Check(result == (untaken > 0 ? TakeResult.Taken : TakeResult.Empty), $"{result} {test.Queue.Fault}, {untaken} are available");
            if (result != TakeResult.Taken)
                return;
            MockBuffer buffer = _driver.Outstanding.ElementAt(_taken.Count + _written.Count);
            Check(test.Chain.Id == buffer.Id && test.Chain.Length == buffer.Capacity, $"{test.Chain.Id} was taken, expected {buffer.Id}");
            Check(test.Chain.Slots == (_isPacked ? buffer.Slots : 1), $"{test.Chain.Slots} slots");
            Check(test.Bytes[0] == (byte)(_expected + _taken.Count), "another buffer");
            _taken.Add((position, buffer.Id, test.Chain.Slots, buffer.Capacity));
        }

        private void GiveBack()
        {
            if (_taken.Count == 0)
                return;
            int from = _random.Next(_taken.Count);
            test.Queue.Position = _taken[from].Position;
            _taken.RemoveRange(from, _taken.Count - from);
        }

        private void Return()
        {
            for (int count = _random.Between(1, 4); count > 0 && _taken.Count > 0; count--)
            {
                (_, ushort id, ushort slots, uint capacity) = _taken[0];
                byte[] bytes = [];
                if (test.IsReceive)
                {
                    bytes = new byte[_random.Next((int)capacity + 1)];
                    Array.Fill(bytes, _expected);
                    Fill(_written.Count, bytes);
                }

                test.Queue.Return(id, slots, (uint)bytes.Length);
                _taken.RemoveAt(0);
                _written.Enqueue(bytes);
                _returned += slots;
                _expected++;
            }
        }

        /// <summary>Writes through the guest's addresses to the buffer at this place among the outstanding.</summary>
        private void Fill(int index, byte[] bytes)
        {
            int at = 0;
            foreach ((ulong address, uint length) in _driver.Outstanding.ElementAt(index).Pieces)
            {
                int part = Math.Min((int)length, bytes.Length - at);
                test.Guest.Write(address, bytes.AsSpan(at, part));
                at += part;
            }
        }

        private void Publish()
        {
            bool called = test.Queue.Publish();
            bool crossed = _returned > _published && (!_driver.Kind.HasEventIndex || (_published <= _callAt && _callAt < _returned));
            Check(called || !(crossed && _wantsCalls), "the driver waits for a call that does not come");
            // An index that lies behind comes round again.
            bool isBehind = _driver.Kind.HasEventIndex && _callAt < _published - (_isPacked ? 0 : 30_000);
            Check(!called || (crossed && _wantsCalls) || (_wantsCalls && isBehind), "a call that nobody waits for");
            _published = _returned;
        }

        private void SeeUsed()
        {
            foreach (MockUsed used in _driver.TakeUsed())
            {
                Check(used.Bytes.AsSpan().SequenceEqual(_written.Dequeue()), "other bytes");
                _seen += _isPacked ? used.Buffer.Slots : 1;
                Completed++;
            }

            Check(_seen == _published, $"the driver saw {_seen}, but {_published} were published");
        }

        private void ChangeEvents()
        {
            switch (_random.Next(4))
            {
                case 0:
                    bool areThere = _driver.Outstanding.Count > _taken.Count + _written.Count;
                    bool found = test.Queue.EnableKicks();
                    Check(found == areThere, $"EnableKicks said {found}");
                    _isWaitingForKick = !found;
                    break;
                case 1:
                    test.Queue.DisableKicks();
                    _isWaitingForKick = false;
                    break;
                case 2:
                    int after = _driver.Kind.HasEventIndex ? _random.Between(1, (int)Math.Min(4, _driver.Kind.Size)) : 1;
                    bool isUsed = _driver.EnableCalls(after);
                    Check(isUsed == _published > _seen, $"EnableCalls said {isUsed}");
                    _callAt = _seen + after - 1;
                    _wantsCalls = true;
                    break;
                default:
                    _driver.DisableCalls();
                    // With event indexes a split ring's driver only leaves the last one behind.
                    _wantsCalls = !_isPacked && _driver.Kind.HasEventIndex;
                    break;
            }
        }

        private void Check(bool condition, string what)
        {
            if (!condition)
                Assert.Fail($"{what}; seed {seed}, {_seen} seen, {_published} published, {_returned} returned, call at {_callAt}");
        }
    }
}
