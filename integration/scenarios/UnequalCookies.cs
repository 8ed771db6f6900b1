using QemuL2tp.Integration.Peers;

namespace QemuL2tp.Integration.Scenarios;

/// <summary>Cookies that QEMU's options cannot say: another length in each direction, and two at a time.</summary>
[TestFixture]
public sealed class UnequalCookies
{
    [OneTimeSetUp]
    public void Only_for_qemu_l2tp()
    {
        Lab.NeedsQemuL2tp();
        Lab.Needs(Wires.RawFrames);
    }

    [TestCase(78, 8, 4, TestName = "peer_sends_8_bytes_and_expects_4")]
    [TestCase(79, 0, 4, TestName = "peer_sends_none_and_expects_4")]
    [TestCase(80, 8, 0, TestName = "peer_sends_8_bytes_and_expects_none")]
    public void Of_different_length(int number, int receive, int transmit)
    {
        var wire = new Wire(number, Udp: true, Ipv6: false, CookieBytes: 0, Counter: true)
        {
            ReceiveCookieBytes = receive,
            TransmitCookieBytes = transmit,
        };
        EchoPeer.Open(Lab.Peer, wire);
        using QemuL2tpBackEnd backEnd = Started(wire);
        using var frames = new NumberedFrames(backEnd.SocketOf(wire));
        Assert.That(frames.Exchange(20), Is.EqualTo(Enumerable.Range(0, 20)));
    }

    [Test]
    public void A_second_cookie_is_accepted_while_the_peer_changes_its_own()
    {
        var wire = new Wire(81, Udp: true, Ipv6: false, CookieBytes: 8, Counter: true);
        Wire changed = wire with { ReceiveCookieStart = 0x31 };
        EchoPeer.Open(Lab.Peer, wire);
        using QemuL2tpBackEnd backEnd = Started(wire with { MoreOptions = $",x-rxcookie2=0x{changed.ReceiveCookie}" });
        using var frames = new NumberedFrames(backEnd.SocketOf(wire));
        foreach (Wire next in new[] { changed, wire })
        {
            Renewal renewal = Renewal.UnderTraffic(frames, next);
            TestContext.Out.WriteLine(renewal.ToString());
            renewal.AssertOnlyFramesOfTheGapAreMissing();
        }

        Assert.That(Statistics.Of(backEnd, wire).Dropped("WrongCookie"), Is.Zero);
    }

    [Test]
    public void Without_a_second_one_a_changed_cookie_is_refused()
    {
        var wire = new Wire(82, Udp: true, Ipv6: false, CookieBytes: 8, Counter: true);
        EchoPeer.Open(Lab.Peer, wire);
        using QemuL2tpBackEnd backEnd = Started(wire);
        using var frames = new NumberedFrames(backEnd.SocketOf(wire));
        // The peer sends all of them back, and each is refused.
        Renewal renewal = Renewal.UnderTraffic(
            frames,
            wire with { ReceiveCookieStart = 0x31 },
            _ => Until.True(() => Statistics.Of(backEnd, wire).Dropped("WrongCookie") >= Renewal.FramesAfter, "frames with the other cookie are refused"));
        Assert.That(renewal.After, Is.Empty);
    }

    private static QemuL2tpBackEnd Started(Wire wire)
    {
        var backEnd = new QemuL2tpBackEnd("cookies", wire);
        backEnd.Start();
        return backEnd;
    }
}
