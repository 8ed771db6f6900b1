using QemuL2tp.Integration.Peers;
using QemuL2tp.Integration.Relay;

namespace QemuL2tp.Integration.Scenarios;

/// <summary>Checksums and segmentation of a real guest, with each form of ring that they depend on, and without.</summary>
[TestFixture]
public sealed class VhostUserOffloads
{
    // Virtio feature bits: CSUM, GUEST_CSUM, GUEST_TSO4, GUEST_TSO6, GUEST_ECN, HOST_TSO4, HOST_TSO6, HOST_ECN.
    private static readonly int[] s_bits = [0, 1, 7, 8, 9, 11, 12, 13];
    private const int FilePort = 8080;

    private static readonly Form[] s_forms =
    [
        new(185, "with", "", ""),
        new(186, "without", ",x-offload-tx=off,x-offload-rx=off", ""),
        new(187, "packed", "", ",packed=on"),
        new(188, "no_mergeable_buffers", "", ",mrg_rxbuf=off"),
        new(189, "cannot_be_switched_off", "", ",ctrl_guest_offloads=off"),
    ];

    private static readonly Form s_with = s_forms[0];
    private static readonly Form s_without = s_forms[1];

    private readonly Dictionary<int, QemuL2tpBackEnd> _backEnds = [];
    private readonly Dictionary<int, UdpRelay> _relays = [];
    private Vm? _guest;

    private static IEnumerable<TestCaseData> Forms => s_forms.Select(form => new TestCaseData(form).SetArgDisplayNames(form.Name));

    private static IEnumerable<TestCaseData> Transfers =>
        from form in s_forms
        from isIPv6 in new[] { false, true }
        select new TestCaseData(form, isIPv6).SetArgDisplayNames(form.Name, isIPv6 ? "IPv6" : "IPv4");

    [OneTimeSetUp]
    public void Boot()
    {
        Lab.NeedsQemuL2tp();
        Lab.StartPeer();
        List<GuestNic> nics = [];
        foreach (Form form in s_forms)
        {
            Wire wire = IsRelayed(form) ? form.Wire.BehindRelay : form.Wire;
            QemuL2tpBackEnd backEnd = new($"vhost-offloads-{form.Name}", wire) { VhostUser = true, FrontendOptions = form.Frontend };
            _backEnds[form.Number] = backEnd;
            backEnd.Start();
            if (IsRelayed(form))
                _relays[form.Number] = RelayedWire.Open(form.Wire, seed: 1);
            nics.Add(new(form.Wire, backEnd.NetdevOf(wire), ",rx_queue_size=1024,tx_queue_size=1024" + form.Device));
        }

        _guest = GuestVm.Boot("vhost-offloads-guest", machine: 15, nics);
        VhostUserLab.AddToPeer(nics.Select(nic => nic.Wire));
        _guest.Batch(nics.SelectMany(nic => nic.Wire.GuestCommands()));
        foreach (Vm vm in new[] { _guest, Lab.Peer })
            FileTransfer.Prepare(vm, 4 << 20);
    }

    [OneTimeTearDown]
    public void Shut_down()
    {
        _guest?.Dispose();
        foreach (QemuL2tpBackEnd backEnd in _backEnds.Values)
            backEnd.Dispose();
        foreach (UdpRelay relay in _relays.Values)
            relay.Dispose();
    }

    [TestCaseSource(nameof(Forms))]
    public void The_guest_has_what_is_offered(Form form)
    {
        bool[] features = VhostUserLab.FeaturesOf(_guest!, form.Wire);
        string ethtool = _guest!.Run($"ethtool -k {form.Wire.Nic}");
        string expected = form == s_without ? "off" : "on";
        using (Assert.EnterMultipleScope())
        {
            Assert.That(s_bits.Where(bit => features[bit] != (expected == "on")), Is.Empty, "feature bits");
            foreach (string feature in new[] { "rx-gro-hw", "tx-checksumming", "tcp-segmentation-offload", "tx-tcp6-segmentation" })
                Assert.That(ethtool, Does.Match($@"{feature}: {expected}\b"));
        }

        PingSet.AssertAllAnswered(_guest, form.Wire);
    }

    [TestCaseSource(nameof(Transfers))]
    public void Files_arrive_whole_both_ways_and_iperf_runs(Form form, bool isIPv6)
    {
        string peer = isIPv6 ? form.Wire.PeerAddress6 : form.Wire.PeerAddress;
        string own = isIPv6 ? form.GuestAddress6 : form.Wire.GuestAddress;
        (long cut, long made) before = SuperFrames(form);
        FileTransfer.AssertArrivesWhole(_guest!, Lab.Peer, peer);
        FileTransfer.AssertArrivesWhole(Lab.Peer, _guest!, own);
        Iperf.Serve(Lab.Peer, peer);
        Iperf sent = Iperf.Run(_guest!, peer, seconds: 3);
        Iperf received = Iperf.Run(_guest!, peer, seconds: 3, "--reverse");
        (long cut, long made) after = SuperFrames(form);
        TestContext.Out.WriteLine($"from the guest {sent}; to the guest {received}; super-frames cut {after.cut - before.cut}, made {after.made - before.made}");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(sent.Megabits, Is.Positive);
            Assert.That(received.Megabits, Is.Positive);
            Assert.That(after.cut > before.cut, Is.EqualTo(form != s_without), "super-frames from the guest");
            Assert.That(after.made > before.made, Is.EqualTo(form != s_without), "super-frames to the guest");
        }
    }

    /// <summary>Each datagram that leaves is looked at, by a relay that takes them one by one.</summary>
    [Test]
    public void What_leaves_is_what_a_guest_without_offloads_sends([Values] bool isIPv6)
    {
        (byte[] File, string[] Shapes, int Longest) with = SendWatched(s_with, isIPv6);
        (byte[] File, string[] Shapes, int Longest) without = SendWatched(s_without, isIPv6);
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
        Watch(s_with, packets);
        _guest!.Run($"echo datagram | nc.openbsd -u -q 0 -w 1 {(isIPv6 ? s_with.Wire.PeerAddress6 : s_with.Wire.PeerAddress)} 9 || true");
        InnerPacket[] udp = [];
        Until.True(
            () =>
            {
                udp = [.. Inner(s_with, packets).Where(packet => !packet.IsTcp)];
                return udp.Length > 0;
            },
            "a datagram leaves");
        _relays[s_with.Number].FromNear = null;
        foreach (InnerPacket packet in udp)
            packet.AssertComplete();
    }

    private static bool IsRelayed(Form form) => form == s_with || form == s_without;

    /// <summary>The peer fetches the file over the wire.</summary>
    /// <returns>Its bytes, and what the packets with them look like.</returns>
    private (byte[] File, string[] Shapes, int Longest) SendWatched(Form form, bool isIPv6)
    {
        List<byte[]> packets = [];
        Watch(form, packets);
        FileTransfer.AssertArrivesWhole(Lab.Peer, _guest!, isIPv6 ? form.GuestAddress6 : form.Wire.GuestAddress);
        _relays[form.Number].FromNear = null;
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

    private void Watch(Form form, List<byte[]> packets) => _relays[form.Number].FromNear = packet =>
    {
        lock (packets)
            packets.Add(packet);
    };

    private static InnerPacket[] Inner(Form form, List<byte[]> packets)
    {
        lock (packets)
            return [.. packets.Select(packet => InnerPacket.TryRead(packet[form.Wire.HeaderBytes..])).OfType<InnerPacket>()];
    }

    private (long Cut, long Made) SuperFrames(Form form)
    {
        Statistics statistics = Statistics.OfVhostUser(_backEnds[form.Number], form.Wire);
        return (statistics.SuperFramesCut, statistics.SuperFramesMade);
    }

    /// <summary>A NIC of the guest.</summary>
    /// <param name="Number">Of its wire.</param>
    /// <param name="Name">For the case.</param>
    /// <param name="Frontend">Options of <c>--frontend</c>, each with a comma in front.</param>
    /// <param name="Device">Properties of the device, each with a comma in front.</param>
    public sealed record Form(int Number, string Name, string Frontend, string Device)
    {
        internal Wire Wire => VhostUserWires.Of(Number);

        internal string GuestAddress6 => $"fd01:{Number}::1";
    }
}
