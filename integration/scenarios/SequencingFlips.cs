using System.Buffers.Binary;
using QemuL2tp.Integration.Peers;
using QemuL2tp.Integration.Relay;

namespace QemuL2tp.Integration.Scenarios;

/// <summary>
/// Linux numbers what it sends from the moment it receives the S bit, and stops at the first packet without. We send none;
/// packets with S bit are put in between by the relay. What comes back to the guest flips accordingly.
/// </summary>
[TestFixture]
public sealed class SequencingFlips
{
    private const int Frames = 12;
    private static readonly Wire s_wire = new(73, Udp: true, Ipv6: false, CookieBytes: 0, Counter: true, Pinned: true)
    {
        MoreOptions = ",x-reorder-window=64",
    };

    private readonly QemuL2tpBackEnd _backEnd = new("flips", s_wire.BehindRelay);
    private UdpRelay? _relay;
    private uint _sequence;

    [OneTimeSetUp]
    public void Open_the_session()
    {
        Lab.NeedsQemuL2tp();
        Lab.Needs(Wires.RawFrames);
        EchoPeer.Open(Lab.Peer, s_wire);
        _relay = RelayedWire.Open(s_wire, seed: 73);
        _backEnd.Start();
    }

    [OneTimeTearDown]
    public void Shut_down()
    {
        _backEnd.Dispose();
        _relay?.Dispose();
    }

    [Test]
    public void Of_Linux_in_mid_session_lose_and_double_nothing()
    {
        using var frames = new NumberedFrames(_backEnd.SocketOf(s_wire));
        for (int round = 0; round < 4; round++)
        {
            int first = frames.Next;
            Assert.That(frames.Exchange(Frames), Is.EqualTo(Enumerable.Range(first, Frames)), $"without numbers, round {round}");
            Assert.That(Statistics.Of(_backEnd, s_wire).Mode, Is.EqualTo("Unsequenced"));
            int before = frames.Received.Count;
            SendNumbered(frames, Frames);
            Assert.That(frames.ReceivedSince(before, Frames), Is.EqualTo(Enumerable.Range(first + Frames, Frames)), $"with numbers, round {round}");
            Assert.That(Statistics.Of(_backEnd, s_wire).Mode, Is.EqualTo("Rfc3931"));
        }
    }

    [Test]
    public void Of_Linux_while_packets_overtake_each_other_lose_and_double_nothing()
    {
        using var frames = new NumberedFrames(_backEnd.SocketOf(s_wire));
        int before = _relay!.Arrived.FromFar;
        _relay.Impair(toFar: Impairment.None, toNear: new Impairment { Reordering = 0.4, MaximumShift = 4 });
        for (int i = 0; i < 60; i++)
        {
            SendNumbered(frames, 3);
            frames.Send(1 + (i % 2));
        }

        Until.True(() => _relay.Arrived.FromFar >= before + frames.Next, "the peer has sent all of them back");
        _relay.Flush();
        _relay.Impair(Impairment.None, Impairment.None);
        Assert.That(frames.ReceivedSince(0, frames.Next).Order(), Is.EqualTo(Enumerable.Range(0, frames.Next)));
        Assert.That(_relay.LogToNear.Moved, Is.Not.Empty);
    }

    private void SendNumbered(NumberedFrames frames, int count)
    {
        for (int i = 0; i < count; i++)
        {
            byte[] header = new byte[12];
            BinaryPrimitives.WriteUInt32BigEndian(header, 0x00030000);
            BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), s_wire.RemoteSession);
            BinaryPrimitives.WriteUInt32BigEndian(header.AsSpan(8), 0x40000000 | _sequence++);
            _relay!.InjectToFar([.. header, .. NumberedFrames.Frame(frames.TakeNumber())]);
        }
    }
}
