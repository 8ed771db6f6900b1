using QemuL2tp.Integration.Peers;

namespace QemuL2tp.Integration.Scenarios;

/// <summary>Guest memory that is not as a vhost-user back end would have it: not shared, or only to be read.</summary>
[TestFixture]
public sealed class VhostUserMemory
{
    private const int ReadOnlyBytes = 16 << 20;
    private static readonly Wire s_private = UdpFarEnd.WireOf(171);
    private static readonly Wire s_withoutFile = UdpFarEnd.WireOf(172);
    private static readonly Wire s_readOnly = UdpFarEnd.WireOf(173);

    [Test]
    public void A_file_of_which_the_guest_has_copies_of_its_own_is_told_of() =>
        AssertTold("private", s_private, $"memory-backend-memfd,id=own,size={Vm.MemoryBytes}B,share=off", "nothing changes in the memory");

    [Test]
    public void Memory_without_a_file_is_told_of() =>
        AssertTold("without-file", s_withoutFile, $"memory-backend-ram,id=own,size={Vm.MemoryBytes}B", "has given no guest memory");

    /// <summary>QEMU opens the file of a template for reading (rom=off, from QEMU 9 on), and gives it to the back end so.</summary>
    [Test]
    public void Memory_that_may_only_be_read_disturbs_nothing()
    {
        Lab.NeedsQemuL2tp();
        string qemu = QemuUnderTest.AtLeast9;
        string file = Path.Combine(Settings.RunDirectory, "read-only.img");
        File.WriteAllBytes(file, new byte[ReadOnlyBytes]);
        using var far = new GeneratedFrames(s_readOnly);
        using var backEnd = new QemuL2tpBackEnd("vhost-read-only", s_readOnly) { VhostUser = true, Extra = ["--log-level", "debug"] };
        backEnd.Start();
        using Vm guest = GuestVm.Boot(
            "vhost-read-only-guest",
            machine: 14,
            [new(s_readOnly, backEnd.NetdevOf(s_readOnly))],
            options:
            [
                "-machine", "nvdimm=on", "-m", "slots=1,maxmem=1G",
                "-object", $"memory-backend-file,id=ro,mem-path={file},size={ReadOnlyBytes}B,share=off,readonly=on,rom=off",
                "-device", "nvdimm,memdev=ro,unarmed=on",
            ],
            qemu: qemu);
        guest.Batch(s_readOnly.GuestCommands());
        using var generator = new PacketGenerator(guest, s_readOnly, rate: 5000);
        generator.Start();
        far.WaitForMore();
        Until.True(() => backEnd.Process.Error.Contains($"memory region of 0x{ReadOnlyBytes:x} bytes", StringComparison.Ordinal), "QEMU gave it");
        Assert.That(backEnd.Process.Error, Does.Not.Contain("warning"));
    }

    private static void AssertTold(string name, Wire wire, string memory, string sentence)
    {
        Lab.NeedsQemuL2tp();
        using var backEnd = new QemuL2tpBackEnd($"vhost-{name}", wire) { VhostUser = true };
        backEnd.Start();
        using Vm guest = GuestVm.Boot($"vhost-{name}-guest", machine: 14, [new(wire, backEnd.NetdevOf(wire))], options: ["-object", memory, "-machine", "memory-backend=own"]);
        guest.Batch(wire.GuestCommands());
        _ = Ping.Unanswered(guest, wire.PeerAddress);
        Until.True(() => backEnd.Process.Error.Contains(sentence, StringComparison.Ordinal), $"it says: {sentence}");
        string line = backEnd.Process.Error.Split('\n').First(each => each.Contains(sentence, StringComparison.Ordinal));
        Assert.That(line, Does.Contain("share=on"));
    }
}
