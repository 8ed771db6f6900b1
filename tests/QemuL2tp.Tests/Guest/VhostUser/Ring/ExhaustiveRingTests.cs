using QemuL2tp.Guest.VhostUser.Ring;
using QemuL2tp.Tests.TestSupport;

namespace QemuL2tp.Tests.Guest.VhostUser.Ring;

/// <summary>Every ring of two or four descriptors over all values that matter: the device answers what <see cref="RingModel"/> answers, and always comes to an end.</summary>
[Parallelizable(ParallelScope.All)]
public sealed unsafe class ExhaustiveRingTests
{
    private static readonly ushort[] s_splitFlags = [0, 1, 2, 3, 4, 5, 6, 7];
    private static readonly ushort[] s_packedFlags =
        [.. from bits in Enumerable.Range(0, 32) select (ushort)((bits & 7) | ((bits & 8) << 4) | ((bits & 16) << 11))];

    [Test]
    public void Split_rings_of_2([Values] bool isReceive, [Values] bool indirect)
    {
        using Cases cases = new(2, packed: false, isReceive, indirect);
        ModelDescriptor[] choices = [.. from flags in s_splitFlags from next in new ushort[] { 0, 1, 2, 0xffff } from length in new uint[] { 16, 32 } select cases.Describe(length, flags, next)];
        foreach (ModelDescriptor first in choices)
        {
            foreach (ModelDescriptor second in choices)
            {
                cases.Write([first, second]);
                foreach (ushort index in new ushort[] { 0, 1, 2, 3, 0x8000, 0xffff })
                {
                    foreach (ushort head in new ushort[] { 0, 1, 2, 0xffff })
                        cases.CheckSplit(index, head);
                }
            }
        }

        cases.AssertAllSeen(64 * 64 * 24);
    }

    [Test]
    public void Split_rings_of_4([Values] bool isReceive)
    {
        using Cases cases = new(4, packed: false, isReceive, indirect: true);
        ModelDescriptor[] choices = [.. from flags in s_splitFlags from next in new ushort[] { 0, 1, 2, 3, 4 } select cases.Describe(32, flags, next)];
        cases.ForAll(choices, () => cases.CheckSplit(1, 0));
        cases.AssertAllSeen(40 * 40 * 40 * 40);
    }

    [Test]
    public void Packed_rings_of_2([Values] bool isReceive, [Values] bool indirect)
    {
        using Cases cases = new(2, packed: true, isReceive, indirect);
        ModelDescriptor[] choices = [.. from flags in s_packedFlags from length in new uint[] { 0, 16, 17, 32, 48 } from id in new ushort[] { 1, 0xffff } select cases.Describe(length, flags, id)];
        foreach (ModelDescriptor first in choices)
        {
            foreach (ModelDescriptor second in choices)
            {
                cases.Write([first, second]);
                for (int position = 0; position < 2; position++)
                {
                    cases.CheckPacked(position, wrap: false);
                    cases.CheckPacked(position, wrap: true);
                }
            }
        }

        cases.AssertAllSeen(320 * 320 * 4);
    }

    [Test]
    public void Packed_rings_of_4([Values] bool isReceive)
    {
        using Cases cases = new(4, packed: true, isReceive, indirect: true);
        ModelDescriptor[] choices = [.. from flags in s_packedFlags select cases.Describe(32, flags, 3)];
        cases.ForAll(choices, () =>
        {
            cases.CheckPacked(0, wrap: true);
            cases.CheckPacked(3, wrap: false);
        });
        cases.AssertAllSeen(32 * 32 * 32 * 32 * 2);
    }

    /// <summary>One ring whose descriptors are written over and over.</summary>
    private sealed class Cases : IDisposable
    {
        private readonly VirtqueueUnderTest _test;
        private readonly ModelDescriptor[] _ring;
        private readonly RingModel _model;
        private readonly bool[] _seen = new bool[Enum.GetValues<RingFault>().Length];
        private readonly ulong _data;
        private readonly Dictionary<ulong, ModelDescriptor[]> _tables = [];
        private int _count;

        public Cases(uint size, bool packed, bool isReceive, bool indirect)
        {
            _test = new VirtqueueUnderTest(new RingKind(size, packed, HasIndirect: indirect), isReceive);
            _ring = new ModelDescriptor[size];
            _data = _test.Guest.Allocate(256);
            _model = new RingModel(MockGuestMemory.GuestBase, MockGuestMemory.GuestBase + (1 << 20), isReceive, indirect, _tables);
        }

        /// <summary>A descriptor that points to a table made for its flags and link, which as well may be data.</summary>
        public ModelDescriptor Describe(uint length, ushort flags, ushort link)
        {
            ushort direction = _model.IsReceive ? Descriptor.Write : (ushort)0;
            ModelDescriptor[] table = [.. Enumerable.Range(0, 3).Select(i => new ModelDescriptor(_data + ((ulong)i * 64), 16, (ushort)(direction | (i == 0 ? Descriptor.Next : 0)), 1))];
            switch (link)
            {
                case 1 when !_test.Driver.Kind.IsPacked:
                    table[0] = table[0] with { Link = 0 }; // A loop.
                    break;
                case 2:
                    table[1] = table[1] with { Flags = Descriptor.Indirect };
                    break;
                case 3:
                    table[0] = table[0] with { Flags = (ushort)(direction ^ Descriptor.Write) };
                    break;
                case 0xffff when _test.Driver.Kind.IsPacked:
                    table[1] = table[1] with { Address = 0 };
                    break;
                case 4 or 0xffff:
                    table[0] = table[0] with { Link = 3 }; // Beyond the table.
                    break;
            }

            ulong address = _test.Guest.Allocate(48);
            _tables[address] = table;
            for (int i = 0; i < table.Length; i++)
                _test.Driver.WriteTable(address, (uint)i, table[i].Address, table[i].Length, table[i].Flags, table[i].Link);
            return new ModelDescriptor(address, length, flags, link);
        }

        public void Write(ReadOnlySpan<ModelDescriptor> ring)
        {
            for (int i = 0; i < ring.Length; i++)
                Write(i, ring[i]);
        }

        /// <summary>Every assignment of the choices to the descriptors.</summary>
        public void ForAll(ModelDescriptor[] choices, Action check)
        {
            Choose(0);

            void Choose(int index)
            {
                if (index == _ring.Length)
                {
                    check();
                    return;
                }

                foreach (ModelDescriptor choice in choices)
                {
                    Write(index, choice);
                    Choose(index + 1);
                }
            }
        }

        public void CheckSplit(ushort index, ushort head)
        {
            var driver = (MockDriverSplit)_test.Driver;
            driver.AvailableIndex = 0;
            Start(0);
            driver.AvailableIndex = index;
            driver.AvailableRing(0) = head;
            Compare(_model.Split(_ring, index, head), $"index {index}, head {head}");
        }

        public void CheckPacked(int position, bool wrap)
        {
            uint at = (uint)position | (wrap ? 0x8000u : 0);
            Start(at | (at << 16));
            Compare(_model.Packed(_ring, position, wrap), $"position {position}, wrap {wrap}");
        }

        public void AssertAllSeen(int count)
        {
            Assert.That(_count, Is.EqualTo(count));
            Assert.That(_seen[0], Is.True, "some are taken");
            Assert.That(_seen.Count(seen => seen), Is.GreaterThanOrEqualTo(4), "and others broken in many ways");
            Assert.That(_test.Guest.AreGuardsWhole, Is.True);
        }

        public void Dispose() => _test.Dispose();

        private void Write(int index, ModelDescriptor descriptor)
        {
            _ring[index] = descriptor;
            ulong* at = (ulong*)_test.Guest.At(_test.Driver.Desc) + (index * 2);
            at[0] = descriptor.Address;
            at[1] = _test.Driver.Kind.IsPacked
                ? descriptor.Length | ((ulong)descriptor.Link << 32) | ((ulong)descriptor.Flags << 48)
                : descriptor.Length | ((ulong)descriptor.Flags << 32) | ((ulong)descriptor.Link << 48);
        }

        private void Start(uint at) => _test.Start(at);

        private void Compare(ModelAnswer expected, string what)
        {
            _count++;
            TakeResult result = _test.Take();
            if (result != TakeResult.Empty)
                _seen[(int)_test.Queue.Fault] = true;
            bool isEqual = result == expected.Result && _test.Queue.Fault == expected.Fault;
            if (isEqual && result == TakeResult.Taken)
            {
                BufferChain chain = _test.Chain;
                isEqual = chain.Id == expected.Id && chain.Slots == expected.Slots && chain.Count == expected.Pieces.Length;
                ulong length = 0;
                for (int i = 0; i < chain.Count && isEqual; i++)
                {
                    BufferPiece piece = chain.Pieces[i];
                    isEqual = (piece.GuestAddress, piece.Length) == expected.Pieces[i] && IsAt(piece);
                    length += piece.Length;
                }

                isEqual &= length == chain.Length;
            }

            if (!isEqual)
                Assert.Fail($"{what}: {result} {_test.Queue.Fault}, expected {expected.Result} {expected.Fault}; the ring is\n{string.Join('\n', _ring)}");
        }

        /// <summary>The piece is where the memory says that its address is.</summary>
        private bool IsAt(BufferPiece piece) => _test.Memory.Translate(piece.GuestAddress, piece.Length, out byte* host) == piece.Length && host == piece.Base;
    }
}
