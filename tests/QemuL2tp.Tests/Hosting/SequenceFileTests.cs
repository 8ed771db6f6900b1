using System.Diagnostics;
using QemuL2tp.Frames;
using QemuL2tp.Hosting;
using QemuL2tp.Options;
using QemuL2tp.Tests.TestSupport;
using Tmds.Linux;

namespace QemuL2tp.Tests.Hosting;

/// <summary>The next sequence number outlives the process, in every way a process can end.</summary>
public sealed unsafe class SequenceFileTests
{
    private static readonly Guid s_boot = new("11111111-2222-3333-4444-555555555555");
    private static readonly Guid s_nextBoot = new("66666666-2222-3333-4444-555555555555");
    private static readonly L2tpv3Options s_options = PseudowireOptions.Create(counter: true) with { Rfc3931Sequencing = true };

    private TemporaryDirectory _directory = null!;
    private RecordingLog _log = null!;

    private string FileName => _directory.File("net0.seq");

    [SetUp]
    public void Make_a_directory()
    {
        _directory = new TemporaryDirectory();
        _log = new RecordingLog();
    }

    [TearDown]
    public void Remove_the_directory() => _directory.Dispose();

    [Test]
    public void A_new_file_starts_at_0_and_is_for_the_owner_only()
    {
        Assert.That(ReadAndClose(s_options, s_boot), Is.Zero);
        Assert.That(File.GetUnixFileMode(FileName), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite));
        Assert.That(_log.Events.Single(), Is.EqualTo((EventLevel.Info, $"net0: sequence numbers are kept in {FileName} and start at 0")));
    }

    [Test]
    public void After_a_clean_end_the_number_goes_on_even_when_the_host_was_restarted()
    {
        Leave(4711, s_boot);
        Assert.That(ReadAndClose(s_options, s_boot), Is.EqualTo(4711));
        Assert.That(ReadAndClose(s_options, s_nextBoot), Is.EqualTo(4711));
        Assert.That(_log.Messages.Last(), Does.EndWith("go on at 4711"));
    }

    [Test]
    public void After_a_kill_every_number_is_there()
    {
        LeaveKilled(4711, s_boot);
        Assert.That(ReadAndClose(s_options, s_boot), Is.EqualTo(4711));
    }

    [TestCase(4711u, 4711u + (1 << 20))]
    [TestCase(0xffffffu, (1u << 20) - 1)]
    public void After_a_crash_of_the_host_the_number_jumps_ahead(uint number, uint next)
    {
        LeaveKilled(number, s_boot);
        Assert.That(ReadAndClose(s_options, s_nextBoot), Is.EqualTo(next));
        Assert.That(_log.Messages.Last(), Does.Contain("1048576 ahead, because the host went down"));

        Assert.That(ReadAndClose(s_options, s_nextBoot), Is.EqualTo(next), "only once");
    }

    [Test]
    public void A_jump_is_one_that_a_peer_takes_for_losses() => Assert.That(SequenceFile.Jump, Is.LessThan(0x7fffffu / 4));

    [Test]
    public void A_number_that_Linux_does_not_take_as_the_first_comes_with_a_hint()
    {
        Leave(0x7ffffe, s_boot);
        ReadAndClose(s_options, s_boot);
        Assert.That(_log.Messages.Last(), Does.Not.Contain("remove the file"));

        Leave(0x7fffff, s_boot);
        ReadAndClose(s_options, s_boot);
        Assert.That(_log.Messages.Last(), Does.Contain("remove the file if the peer's session was created anew"));
    }

    private static IEnumerable<L2tpv3Options> OtherPseudowires =>
    [
        s_options with { Source = "127.0.0.9" },
        s_options with { Destination = "127.0.0.9" },
        s_options with { SourcePort = "9" },
        s_options with { DestinationPort = "9" },
        s_options with { TransmitSession = 9 },
        s_options with { Udp = false },
        s_options with { IPv6 = true },
    ];

    [TestCaseSource(nameof(OtherPseudowires))]
    public void Another_pseudowire_starts_at_0_and_says_so(L2tpv3Options other)
    {
        Leave(4711, s_boot);
        Assert.That(ReadAndClose(other, s_boot), Is.Zero);
        Assert.That(_log.Events.Last().Level, Is.EqualTo(EventLevel.Info));
        Assert.That(_log.Messages.Last(), Does.Contain("start at 0, for this was the file of a pseudowire between other addresses"));
    }

    [Test]
    public void Options_that_the_peers_numbers_do_not_depend_on_change_nothing()
    {
        Leave(4711, s_boot);
        Assert.That(ReadAndClose(s_options with { Id = "b", ReceiveSession = 9, ReorderWindow = 64, ReceiveCookie2 = 1 }, s_boot), Is.EqualTo(4711));
    }

    [Test]
    public void A_very_long_name_of_a_peer_does_not_harm()
    {
        L2tpv3Options options = s_options with { Destination = new string('é', 4000) };
        ReadAndClose(options, s_boot);
        Assert.That(ReadAndClose(options, s_boot), Is.Zero);
        Assert.That(new FileInfo(FileName).Length, Is.EqualTo(SequencePage.Length));
    }

    [Test]
    public void What_a_crash_leaves_of_a_new_file_is_taken_for_new([Values(0, SequencePage.Length)] int length)
    {
        File.WriteAllBytes(FileName, new byte[length]);
        Assert.That(ReadAndClose(s_options, s_boot), Is.Zero);
    }

    [TestCase(1)]
    [TestCase(SequencePage.Length)]
    [TestCase(SequencePage.Length + 1)]
    public void A_file_of_somebody_else_is_refused_and_left_as_it_is(int length)
    {
        byte[] contents = [.. Enumerable.Repeat((byte)'x', length)];
        File.WriteAllBytes(FileName, contents);
        AssertRefused($"{FileName} is not a sequence file");
        Assert.That(File.ReadAllBytes(FileName), Is.EqualTo(contents));
    }

    [Test]
    public void A_file_of_a_later_version_is_refused()
    {
        Leave(4711, s_boot);
        byte[] contents = File.ReadAllBytes(FileName);
        contents[8] = 2;
        File.WriteAllBytes(FileName, contents);
        AssertRefused($"{FileName} is not a sequence file");
    }

    [Test]
    public void A_file_that_is_in_use_is_refused_until_its_user_ends()
    {
        using (Open(s_options, s_boot))
            AssertRefused($"{FileName} is in use by another pseudowire");
        Assert.That(ReadAndClose(s_options, s_boot), Is.Zero);
    }

    [Test]
    public void A_symbolic_link_is_not_followed()
    {
        string target = _directory.File("target");
        File.WriteAllText(target, "");
        File.CreateSymbolicLink(FileName, target);
        AssertRefused($"{FileName} is a symbolic link");
        Assert.That(File.ReadAllText(target), Is.Empty);
    }

    [Test]
    public void What_is_no_file_is_refused()
    {
        using (Process made = Process.Start("mkfifo", FileName))
            made.WaitForExit();
        AssertRefused($"{FileName} is not a regular file");
    }

    [TestCase("/proc/net0.seq")]
    [TestCase("/no/such/directory/net0.seq")]
    [TestCase("/")]
    public void Where_nothing_can_be_written_there_is_a_warning_with_the_remedy(string path)
    {
        Assert.That(SequenceFile.Open(s_options, path, s_boot, _log), Is.Null);
        (EventLevel level, string message) = _log.Events.Single();
        Assert.That(level, Is.EqualTo(EventLevel.Warning));
        Assert.That(message, Does.StartWith($"net0: the sequence number cannot be kept in {path} (").And.Contain("starts at 0").And.Contain("give x-seq-file=PATH"));
    }

    [Test]
    public void Without_any_place_there_is_the_same_warning()
    {
        Assert.That(SequenceFile.Open(s_options, null, s_boot, _log), Is.Null);
        Assert.That(_log.Messages.Single(), Does.StartWith("net0: the sequence number cannot be kept (none of STATE_DIRECTORY"));
    }

    [Test]
    public void Nothing_stays_open()
    {
        ReadAndClose(s_options, s_boot);
        Open(s_options, s_boot).Dispose();
        File.WriteAllText(FileName, "x");
        AssertRefused($"{FileName} is not a sequence file");
        Assert.That(ProcessFacts.DescriptorsOf(FileName), Is.Zero);
    }

    [Test]
    public void Closing_twice_is_closing_once()
    {
        SequenceFile file = Open(s_options, s_boot);
        file.Dispose();
        Assert.That(file.Dispose, Throws.Nothing);
    }

    [Test]
    public void The_kernels_run_is_the_same_each_time()
    {
        Guid first = SequenceFile.CurrentBoot;
        Assert.That(SequenceFile.CurrentBoot, Is.EqualTo(first).And.Not.EqualTo(Guid.Empty));
    }

    private SequenceFile Open(L2tpv3Options options, Guid boot) => SequenceFile.Open(options, FileName, boot, _log)!;

    private uint ReadAndClose(L2tpv3Options options, Guid boot)
    {
        using SequenceFile file = Open(options, boot);
        return *file.NextNumber;
    }

    private void Leave(uint next, Guid boot)
    {
        using SequenceFile file = Open(s_options, boot);
        *file.NextNumber = next;
    }

    /// <summary>Leaves the file as it is while it is in use; reading it this way takes no lock.</summary>
    private void LeaveKilled(uint next, Guid boot)
    {
        byte[] contents = new byte[SequencePage.Length];
        using (SequenceFile file = Open(s_options, boot))
        {
            *file.NextNumber = next;
            fixed (byte* name = System.Text.Encoding.UTF8.GetBytes(FileName + '\0'), start = contents)
            {
                int descriptor = LibC.open(name, LibC.O_RDWR, 0);
                Assert.That((int)LibC.read(descriptor, start, contents.Length), Is.EqualTo(contents.Length));
                _ = LibC.close(descriptor);
            }
        }

        File.WriteAllBytes(FileName, contents);
    }

    private void AssertRefused(string message)
    {
        UserErrorException error = Assert.Throws<UserErrorException>(() => Open(s_options, s_boot))!;
        Assert.That(error.Problem, Is.EqualTo(message));
        Assert.That(error.Remedy, Does.Contain("x-seq-file=PATH"));
    }
}
