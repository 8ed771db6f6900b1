using QemuL2tp.Guest.VhostUser;
using QemuL2tp.Guest.VhostUser.Memory;
using QemuL2tp.Guest.VhostUser.Protocol;
using QemuL2tp.Tests.TestSupport;

namespace QemuL2tp.Tests.Guest.VhostUser.Protocol;

/// <summary>A front end that knows the protocol and means no good.</summary>
public class RandomMessageTests
{
    private const int Messages = 10_000;

    [Test]
    public void Random_messages_and_descriptors_neither_throw_nor_leak([Values(1ul, 2ul)] ulong seed)
    {
        using var fuzzer = new Fuzzer(seed);
        using (var backEnd = new BackEndUnderTest())
        {
            MockFrontEnd frontEnd = backEnd.Connect();
            for (int i = 0; i < Messages; i++)
            {
                int ends = backEnd.Ends;
                fuzzer.Step(frontEnd, backEnd);
                backEnd.Loop.Turn();
                if (backEnd.Ends == ends)
                    continue;
                frontEnd.Dispose();
                frontEnd = backEnd.Connect();
                fuzzer.Prepare(frontEnd, backEnd);
            }

            frontEnd.Dispose();
            TestContext.Out.WriteLine($"{backEnd.Ends} connections, {fuzzer.RingsStarted} messages while a ring ran");
            Assert.That(fuzzer.RingsStarted, Is.GreaterThan(Messages / 20), "the messages get somewhere");
        }

        fuzzer.AssertNothingIsLeft();
    }

    private sealed class Fuzzer : IDisposable
    {
        private static readonly Request[] s_common = [.. Enum.GetValues<Request>().Where(request => RequestRules.Find(request)!.AllowedIn != States.None)];

        private readonly FastRandom _random;
        private readonly GuestRam _ram = GuestRam.OfPc();
        private readonly MemoryFile _small = new(0x3000, isSealable: false);
        private readonly MockQemu _qemu;
        private readonly int _pipe = WrongFile.Pipe.Open();

        public Fuzzer(ulong seed)
        {
            _random = new FastRandom(seed);
            _qemu = new MockQemu(_ram, 2, index => RingLayout.At(0x10_0000 + ((ulong)index * 0x1_0000), 256)) { NeedsReply = false };
        }

        public int RingsStarted { get; private set; }

        /// <summary>Brings a new connection some way ahead, mostly.</summary>
        public void Prepare(MockFrontEnd frontEnd, BackEndUnderTest backEnd)
        {
            if (_random.Chance(20))
                return;
            MockMessage[] messages = [.. _qemu.Connect(), .. _qemu.Start()];
            foreach (MockMessage message in _random.Chance(50) ? messages : messages.Take(_random.Next(messages.Length)))
                frontEnd.Send(message);
            backEnd.Loop.Turn();
        }

        public void Step(MockFrontEnd frontEnd, BackEndUnderTest backEnd)
        {
            if (backEnd.Device.Rings.Any(ring => ring.IsStarted))
                RingsStarted++;
            if (_random.Chance(1))
                _ = _small.Truncate(_random.Next(4) * 0x1000);
            if (_random.Chance(1))
            {
                frontEnd.Dispose();
                return;
            }

            MockMessage message = Next();
            byte[] bytes = message.Bytes;
            if (_random.Chance(2))
                bytes[_random.Next(bytes.Length)] ^= (byte)(1 << _random.Next(8));
            int part = _random.Chance(3) ? _random.Next(bytes.Length) + 1 : bytes.Length;
            if (!frontEnd.SendBytes(bytes.AsSpan(0, part), message.Descriptors) || part == bytes.Length)
                return;
            backEnd.Loop.Turn();
            frontEnd.SendBytes(bytes.AsSpan(part), _random.Chance(20) ? Descriptors(1) : []);
        }

        public void AssertNothingIsLeft()
        {
            using (Assert.EnterMultipleScope())
            {
                Assert.That((_ram.File.OtherDescriptors, _ram.File.OtherMappings), Is.EqualTo((0, 0)));
                Assert.That((_small.OtherDescriptors, _small.OtherMappings), Is.EqualTo((0, 0)));
                Assert.That(QemuRing.CountOthers(_qemu.Rings), Is.Zero);
            }
        }

        public void Dispose()
        {
            _ = Tmds.Linux.LibC.close(_pipe);
            _qemu.Dispose();
            _small.Dispose();
            _ram.Dispose();
        }

        private MockMessage Next()
        {
            Request request = _random.Chance(97) ? s_common[_random.Next(s_common.Length)] : (Request)_random.Next(46);
            MockMessage message = Message(request);
            if (_random.Chance(2))
                message = message with { Descriptors = Descriptors(_random.Next(12)) };
            if (_random.Chance(1))
                message = message with { Payload = new byte[_random.Next(300)] };
            return message with { Flags = _random.Chance(1) ? (uint)_random.Next(32) : _random.Chance(70) ? 9u : 1u };
        }

        private MockMessage Message(Request request) => request switch
        {
            Request.SetFeatures => MockMessage.Number(request, Number(_qemu.Features, Features.LogAll | _qemu.Features, 0)),
            Request.SetProtocolFeatures => MockMessage.Number(request, Number(Features.OfferedProtocol)),
            Request.SetMemTable => Table(_random.Next(4)),
            Request.AddMemReg => MockMessage.AddRegion(Region(), Descriptor(_ram.File.Descriptor, _small.Descriptor)),
            Request.RemMemReg => MockMessage.RemoveRegion(Region()),
            Request.SetLogBase => MockMessage.LogBase(Number(0x1000, 0x2000, 8), Number(0, 8), Descriptor(_small.Descriptor, _ram.File.Descriptor)),
            Request.SetLogFd => new MockMessage(request, [], Descriptors(1)),
            Request.SetVringNum => MockMessage.RingValue(request, Ring(), (uint)Number(256, 2, 32768)),
            Request.SetVringBase => MockMessage.RingValue(request, Ring(), (uint)Number(0, 1, RingLayout.PackedBase)),
            Request.GetVringBase => MockMessage.RingValue(request, Ring(), 0),
            Request.SetVringEnable => MockMessage.RingValue(request, Ring(), (uint)Number(0, 1)),
            Request.SetVringAddr => MockMessage.RingAddresses(Ring(), Address(), Address(), Address(), _random.Chance(50), Number(0x1000)),
            Request.SetVringKick or Request.SetVringCall or Request.SetVringErr =>
                MockMessage.RingDescriptor(request, Ring(), _random.Chance(10) ? [] : [Descriptor([.. _qemu.Rings.Select(ring => ring.Kick)])]),
            Request.SendRarp or Request.NetSetMtu => MockMessage.Number(request, Number(1500)),
            _ => MockMessage.Empty(request),
        };

        private MockMessage Table(int count) => MockMessage.MemoryTable(
            [.. Enumerable.Range(0, count).Select(_ => Region())], [.. Enumerable.Range(0, count).Select(_ => Descriptor(_ram.File.Descriptor, _small.Descriptor))]);

        private MemoryRegion Region() => _random.Chance(70)
            ? _ram.Regions[_random.Next(2)]
            : new MemoryRegion(Number(0x10_0000, 0x1000_0000), Number(0x1000, 0x3000), Number(GuestRam.UserBase, 0x1000_0000), Number(0, 0x1000));

        private ulong Address() => Number(_ram.UserAddressOf(0x10_0000 + ((ulong)_random.Next(32) * 0x1000)), 0x1000_0000);

        private int Ring() => _random.Chance(97) ? _random.Next(4) : _random.Next(300) - 20;

        /// <summary>One of the good ones, mostly.</summary>
        private ulong Number(params ReadOnlySpan<ulong> good)
        {
            ulong number = good[_random.Next(good.Length)];
            return _random.Next(100) switch
            {
                < 90 => number,
                < 93 => number + 1,
                < 96 => number ^ (1UL << _random.Next(64)),
                < 98 => ulong.MaxValue - (ulong)_random.Next(0x2000),
                _ => (ulong)_random.Next(int.MaxValue),
            };
        }

        private int Descriptor(params ReadOnlySpan<int> good) => _random.Chance(95) ? good[_random.Next(good.Length)] : Descriptors(1)[0];

        private int[] Descriptors(int count)
        {
            int[] all = [_pipe, _ram.File.Descriptor, _small.Descriptor, _qemu.Rings[0].Kick, _qemu.Rings[1].Error];
            return [.. Enumerable.Range(0, count).Select(_ => all[_random.Next(all.Length)])];
        }
    }
}
