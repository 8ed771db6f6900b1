using QemuL2tp.Hosting;
using QemuL2tp.Options;
using QemuL2tp.Tests.TestSupport;

namespace QemuL2tp.Tests.Hosting;

/// <summary>Where the number of a pseudowire is kept.</summary>
public sealed class SequenceFilePlaceTests
{
    [TestCase("STATE_DIRECTORY=/var/lib/x XDG_STATE_HOME=/s HOME=/h", "/var/lib/x/net0.seq")]
    [TestCase("STATE_DIRECTORY=/var/lib/x:/var/lib/y", "/var/lib/x/net0.seq")]
    [TestCase("XDG_STATE_HOME=/s HOME=/h", "/s/qemu-l2tp/net0.seq")]
    [TestCase("STATE_DIRECTORY= XDG_STATE_HOME=s HOME=/h", "/h/.local/state/qemu-l2tp/net0.seq")]
    [TestCase("HOME=/h", "/h/.local/state/qemu-l2tp/net0.seq")]
    [TestCase("", null)]
    public void The_first_directory_that_is_known_is_taken(string environment, string? path)
    {
        Assert.That(PlaceOf(PseudowireOptions.Create(), environment, isRoot: false), Is.EqualTo(path));
    }

    [TestCase("HOME=/root", "/var/lib/qemu-l2tp/net0.seq")]
    [TestCase("XDG_STATE_HOME=/s HOME=/root", "/s/qemu-l2tp/net0.seq")]
    public void Roots_home_is_no_place_for_it(string environment, string path)
    {
        Assert.That(PlaceOf(PseudowireOptions.Create(), environment, isRoot: true), Is.EqualTo(path));
    }

    [Test]
    public void A_path_that_is_given_is_taken_as_it_is()
    {
        Assert.That(PlaceOf(PseudowireOptions.Create() with { SequenceFile = "a/b" }, "STATE_DIRECTORY=/x", isRoot: true), Is.EqualTo("a/b"));
    }

    [Test]
    public void An_id_cannot_lead_out_of_the_directory()
    {
        Assert.That(PlaceOf(PseudowireOptions.Create() with { Id = "../../a" }, "HOME=/h", isRoot: false), Is.EqualTo("/h/.local/state/qemu-l2tp/.._.._a.seq"));
    }

    [Test]
    public void Directories_are_made_for_the_owner_only()
    {
        using var directory = new TemporaryDirectory();
        string state = directory.File("state");
        string path = SequenceFilePlace.Prepare(PseudowireOptions.Create(), name => name == "XDG_STATE_HOME" ? state : null)!;
        Assert.That(
            File.GetUnixFileMode(Path.GetDirectoryName(path)!),
            Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute));
    }

    [Test]
    public void A_directory_that_cannot_be_made_is_left_to_whoever_opens_the_file()
    {
        Assert.That(
            SequenceFilePlace.Prepare(PseudowireOptions.Create(), name => name == "XDG_STATE_HOME" ? "/proc/none" : null),
            Is.EqualTo("/proc/none/qemu-l2tp/net0.seq"));
    }

    private static string? PlaceOf(L2tpv3Options options, string environment, bool isRoot)
    {
        Dictionary<string, string> variables = environment.Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Select(one => one.Split('=')).ToDictionary(one => one[0], one => one[1]);
        return SequenceFilePlace.For(options, variables.GetValueOrDefault, isRoot);
    }
}
