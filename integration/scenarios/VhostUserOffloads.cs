using QemuL2tp.Integration.Peers;

namespace QemuL2tp.Integration.Scenarios;

/// <summary>Checksums and segmentation of a real guest, with each form of ring that they depend on, and without.</summary>
[TestFixture]
public sealed class VhostUserOffloads
{
    // Virtio feature bits: CSUM, GUEST_CSUM, GUEST_TSO4, GUEST_TSO6, GUEST_ECN, HOST_TSO4, HOST_TSO6, HOST_ECN.
    private static readonly int[] s_bits = [0, 1, 7, 8, 9, 11, 12, 13];
    private const int FilePort = 8080;

    private static IEnumerable<TestCaseData> Forms => OffloadLab.Forms.Select(form => new TestCaseData(form).SetArgDisplayNames(form.Name));

    private static IEnumerable<TestCaseData> Transfers =>
        from form in OffloadLab.Forms
        from isIPv6 in new[] { false, true }
        select new TestCaseData(form, isIPv6).SetArgDisplayNames(form.Name, isIPv6 ? "IPv6" : "IPv4");

    [OneTimeSetUp]
    public void Prepare_files()
    {
        foreach (Vm vm in new[] { OffloadLab.Guest, Lab.Peer })
            FileTransfer.Prepare(vm, 2 << 20);
    }

    [TestCaseSource(nameof(Forms))]
    public void The_guest_has_what_is_offered(OffloadNic form)
    {
        bool[] features = VhostUserLab.FeaturesOf(OffloadLab.Guest, form.Wire);
        string ethtool = OffloadLab.Guest.Run($"ethtool -k {form.Wire.Nic}");
        string expected = form == OffloadLab.Without ? "off" : "on";
        using (Assert.EnterMultipleScope())
        {
            Assert.That(s_bits.Where(bit => features[bit] != (expected == "on")), Is.Empty, "feature bits");
            foreach (string feature in new[] { "rx-gro-hw", "tx-checksumming", "tcp-segmentation-offload", "tx-tcp6-segmentation" })
                Assert.That(ethtool, Does.Match($@"{feature}: {expected}\b"));
        }

        PingSet.AssertAllAnswered(OffloadLab.Guest, form.Wire);
    }

    [TestCaseSource(nameof(Transfers))]
    public void Files_arrive_whole_both_ways_and_iperf_runs(OffloadNic form, bool isIPv6)
    {
        string peer = isIPv6 ? form.Wire.PeerAddress6 : form.Wire.PeerAddress;
        string own = isIPv6 ? form.GuestAddress6 : form.Wire.GuestAddress;
        (long cut, long made) before = SuperFrames(form);
        FileTransfer.AssertArrivesWhole(OffloadLab.Guest, Lab.Peer, peer);
        FileTransfer.AssertArrivesWhole(Lab.Peer, OffloadLab.Guest, own);
        Iperf.Serve(Lab.Peer, peer);
        Iperf sent = Iperf.Run(OffloadLab.Guest, peer, seconds: 1);
        Iperf received = Iperf.Run(OffloadLab.Guest, peer, seconds: 1, "--reverse");
        (long cut, long made) after = SuperFrames(form);
        TestContext.Out.WriteLine($"from the guest {sent}; to the guest {received}; super-frames cut {after.cut - before.cut}, made {after.made - before.made}");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(sent.Megabits, Is.Positive);
            Assert.That(received.Megabits, Is.Positive);
            Assert.That(after.cut > before.cut, Is.EqualTo(form != OffloadLab.Without), "super-frames from the guest");
            Assert.That(after.made > before.made, Is.EqualTo(form != OffloadLab.Without), "super-frames to the guest");
        }
    }

    /// <summary>Each datagram that leaves is looked at, by a relay that takes them one by one.</summary>
    [Test]
    public void What_leaves_is_what_a_guest_without_offloads_sends([Values] bool isIPv6)
    {
        (byte[] File, string[] Shapes, int Longest) with = SendWatched(OffloadLab.With, isIPv6);
        (byte[] File, string[] Shapes, int Longest) without = SendWatched(OffloadLab.Without, isIPv6);
        TestContext.Out.WriteLine(string.Join("; ", with.Shapes));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(with.File, Is.EqualTo(without.File), "the same bytes");
            Assert.That(with.Shapes, Is.EqualTo(without.Shapes), "the same fields of IP and TCP");
            Assert.That((with.Longest, without.Longest), Is.EqualTo((1500, 1500)), "bytes of the longest packet");
        }
    }

    [Test]
    public void Datagrams_leave_with_a_checksum([Values] bool isIPv6)
    {
        List<byte[]> packets = [];
        Watch(OffloadLab.With, packets);
        OffloadLab.Guest.Run($"echo datagram | nc.openbsd -u -q 0 -w 1 {(isIPv6 ? OffloadLab.With.Wire.PeerAddress6 : OffloadLab.With.Wire.PeerAddress)} 9 || true");
        InnerPacket[] udp = [];
        Until.True(
            () =>
            {
                udp = [.. Inner(OffloadLab.With, packets).Where(packet => !packet.IsTcp)];
                return udp.Length > 0;
            },
            "a datagram leaves");
        OffloadLab.RelayOf(OffloadLab.With).FromNear = null;
        foreach (InnerPacket packet in udp)
            packet.AssertComplete();
    }

    /// <summary>The peer fetches the file over the wire.</summary>
    /// <returns>Its bytes, and what the packets with them look like.</returns>
    private static (byte[] File, string[] Shapes, int Longest) SendWatched(OffloadNic form, bool isIPv6)
    {
        List<byte[]> packets = [];
        Watch(form, packets);
        FileTransfer.AssertArrivesWhole(Lab.Peer, OffloadLab.Guest, isIPv6 ? form.GuestAddress6 : form.Wire.GuestAddress);
        OffloadLab.RelayOf(form).FromNear = null;
        InnerPacket[] sent = [.. Inner(form, packets).Where(packet => packet.IsTcp && packet.SourcePort == FilePort && packet.Payload.Length > 0)];
        foreach (InnerPacket packet in sent)
            packet.AssertComplete();
        SortedDictionary<uint, byte[]> stream = [];
        foreach (InnerPacket packet in sent)
            stream[packet.Sequence - sent[0].Sequence] = packet.Payload;
        List<byte> file = [];
        foreach ((uint at, byte[] payload) in stream)
        {
            Assert.That(at, Is.LessThanOrEqualTo((uint)file.Count), "nothing is missing in between");
            file.AddRange(payload.Skip(file.Count - (int)at));
        }

        return ([.. file], [.. sent.Select(packet => packet.Shape).Distinct().Order(StringComparer.Ordinal)], sent.Max(packet => packet.Length));
    }

    private static void Watch(OffloadNic form, List<byte[]> packets) => OffloadLab.RelayOf(form).FromNear = packet =>
    {
        lock (packets)
            packets.Add(packet);
    };

    private static InnerPacket[] Inner(OffloadNic form, List<byte[]> packets)
    {
        lock (packets)
            return [.. packets.Select(packet => InnerPacket.TryRead(packet[form.Wire.HeaderBytes..])).OfType<InnerPacket>()];
    }

    private static (long Cut, long Made) SuperFrames(OffloadNic form)
    {
        Statistics statistics = OffloadLab.StatisticsOf(form);
        return (statistics.SuperFramesCut, statistics.SuperFramesMade);
    }
}
