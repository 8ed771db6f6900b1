using QemuL2tp.Cli;
using QemuL2tp.Tests.TestSupport;

namespace QemuL2tp.Tests.Cli;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class BackgroundWriterTests : IDisposable
{
    private const int MaxWaiting = 100;

    private readonly TemporaryDirectory _directory = new();
    private readonly Fifo _fifo;
    private readonly FileStream _reader;
    private readonly FileStream _writer;
    private readonly int _filling;
    private readonly BackgroundWriter _background;

    public BackgroundWriterTests()
    {
        _fifo = new Fifo(_directory.File("pipe"));
        _reader = _fifo.OpenFull();
        _filling = 4096;
        _writer = _fifo.OpenToWrite();
        _background = new BackgroundWriter("writer", (int)_writer.SafeFileHandle.DangerousGetHandle(), MaxWaiting);
    }

    public void Dispose()
    {
        // First what may be written to without end.
        _reader.Dispose();
        _writer.Dispose();
        _fifo.Dispose();
        _directory.Dispose();
    }

    [Test]
    public void What_nobody_reads_keeps_nobody_waiting_and_comes_when_it_is_read()
    {
        _background.Write("one ");
        _background.Write("two ");
        Assert.That(_background.Flush(), Is.False, "nobody reads");

        Assert.That(Read(_filling), Is.All.EqualTo('.'));
        Assert.That(Read(8), Is.EqualTo("one two "));
        _background.Write("three");
        Assert.That(_background.Flush(), Is.True);
        Assert.That(Read(5), Is.EqualTo("three"));
    }

    [Test]
    public void What_does_not_fit_is_counted_and_told_in_its_place_also_when_nothing_follows([Values] bool isFollowed)
    {
        string line = new('a', 39);
        for (int i = 0; i < 5; i++)
            _background.Write($"{line}{i}");
        string expected = $"{line}0{line}1qemu-l2tp: warning: 3 messages were left out here, because nobody read those before\n";

        _ = Read(_filling);
        Assert.That(Read(expected.Length), Is.EqualTo(expected));
        if (!isFollowed)
            return;
        _background.Write("next");
        Assert.That(Read(4), Is.EqualTo("next"));
    }

    [Test]
    public void A_text_longer_than_what_may_wait_is_written_when_nothing_waits()
    {
        _ = Read(_filling);
        string text = new('b', 2 * MaxWaiting);
        _background.Write(text);
        Assert.That(Read(text.Length), Is.EqualTo(text));
    }

    private string Read(int length)
    {
        byte[] bytes = new byte[length];
        Task reading = _reader.ReadExactlyAsync(bytes).AsTask();
        Assert.That(reading.Wait(Until.PatienceMilliseconds), Is.True, "nothing comes");
        return string.Concat(bytes.Select(b => (char)b));
    }
}
