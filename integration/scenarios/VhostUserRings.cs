using System.Globalization;
using QemuL2tp.Integration.Peers;

namespace QemuL2tp.Integration.Scenarios;

/// <summary>Every form of virtqueue that QEMU can give the guest's driver: pings, and files of 2 MiB both ways.</summary>
[TestFixture]
public sealed class VhostUserRings
{
    private static IEnumerable<TestCaseData> Cases => RingForm.All.Select(form => new TestCaseData(form.Number).SetName(form.Name));

    private static IEnumerable<TestCaseData> MultiQueueCases =>
        RingForm.All.Where(form => form.QueuePairs > 1).Select(form => new TestCaseData(form.Number).SetName($"{form.Name}_are_all_used"));

    [OneTimeSetUp]
    public void Prepare_files()
    {
        foreach (Vm vm in new[] { VhostUserLab.Guest, Lab.Peer })
        {
            FileTransfer.Prepare(vm, 2 << 20);
        }
    }

    [TestCaseSource(nameof(Cases))]
    public void Carries_frames_both_ways(int number) => Check(FormOf(number));

    [Test]
    public void In_order()
    {
        if (!QemuUnderTest.HasProperty("virtio-net-pci", "in_order"))
        {
            Assert.Ignore("this QEMU has no in_order, which came with 9.1");
        }

        Check(RingForm.InOrder);
        bool agreed = VhostUserLab.FeaturesOf(VhostUserLab.Guest, RingForm.InOrder.Wire)[35];
        TestContext.Out.WriteLine($"the guest's driver {(agreed ? "uses" : "does not know")} it");
    }

    [TestCaseSource(nameof(MultiQueueCases))]
    public void Several_pairs(int number)
    {
        RingForm form = FormOf(number);
        Vm guest = VhostUserLab.Guest;
        Iperf.Serve(Lab.Peer, form.Wire.PeerAddress);
        guest.Run($"ethtool -L {form.Wire.Nic} combined {form.QueuePairs}");
        Iperf.Run(guest, form.Wire.PeerAddress, seconds: 2, "--parallel 16");
        Iperf.Run(guest, form.Wire.PeerAddress, seconds: 2, "--parallel 16 --reverse");
        (string Direction, long[] Frames)[] counts = [("sent", PerQueue(form, "tx")), ("received", PerQueue(form, "rx"))];

        guest.Run($"ethtool -L {form.Wire.Nic} combined 1");
        PingSet.AssertAllAnswered(guest, form.Wire);
        foreach ((string direction, long[] frames) in counts)
        {
            TestContext.Out.WriteLine($"{direction} by queue: {string.Join(", ", frames)}");
            Assert.That(frames, Has.All.GreaterThan(50), direction);
        }
    }

    private static RingForm FormOf(int number) => RingForm.All.Single(form => form.Number == number);

    private static void Check(RingForm form)
    {
        Vm guest = VhostUserLab.Guest;
        bool[] features = VhostUserLab.FeaturesOf(guest, form.Wire);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(form.With.Where(bit => !features[bit]), Is.Empty, "features that were not agreed on");
            Assert.That(form.Without.Where(bit => features[bit]), Is.Empty, "features that should not have been agreed on");
        }

        PingSet.AssertAllAnswered(guest, form.Wire);
        FileTransfer.AssertArrivesWhole(guest, Lab.Peer, form.Wire.PeerAddress);
        FileTransfer.AssertArrivesWhole(Lab.Peer, guest, form.Wire.GuestAddress);
    }

    // ethtool prints lines like "     tx_queue_0_packets: 17".
    private static long[] PerQueue(RingForm form, string direction)
    {
        string[] lines = VhostUserLab.Guest.Run($"ethtool -S {form.Wire.Nic}").Split('\n', StringSplitOptions.TrimEntries);
        return
        [
            .. Enumerable.Range(0, form.QueuePairs).Select(queue => lines
                .Where(line => line.StartsWith($"{direction}_queue_{queue}_packets:", StringComparison.Ordinal))
                .Select(line => long.Parse(line.Split(':')[1], CultureInfo.InvariantCulture))
                .Single()),
        ];
    }
}
