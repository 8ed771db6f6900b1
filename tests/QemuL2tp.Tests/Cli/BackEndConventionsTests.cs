using System.Text.Json;
using QemuL2tp.Cli;
using QemuL2tp.Frames;
using QemuL2tp.Hosting;
using QemuL2tp.Options;
using QemuL2tp.Tests.TestSupport;

namespace QemuL2tp.Tests.Cli;

/// <summary><c>--socket-path</c>, <c>--fd</c>, <c>--print-capabilities</c>: what QEMU and libvirt expect of a vhost-user back end.</summary>
internal sealed class BackEndConventionsTests : ProgramTest
{
    [TestCase("--print-capabilities")]
    [TestCase("-print-capabilities")]
    [TestCase("--print-capabilities", "--socket-path", "/nowhere/x", "--fd", "99")]
    [TestCase("--bogus", "stray", "--fd=x", "--print-capabilities", "--log-level")]
    [TestCase("-netdev", "nonsense", "--frontend", "", "--help", "--print-capabilities")]
    public void Capabilities_are_printed_whatever_else_is_given(params string[] arguments)
    {
        ProgramProcess process = Run(0, arguments);
        using var json = JsonDocument.Parse(process.Output);
        Assert.That(json.RootElement.EnumerateObject().Select(member => $"{member.Name}: {member.Value}"), Is.EqualTo(new[] { "type: net" }));
        Assert.That(process.Errors, Is.Empty);
    }

    [TestCase("--print-capabilities")]
    [TestCase("--help")]
    [TestCase("--version")]
    public void What_cannot_be_printed_is_an_error(string option)
    {
        ProgramProcess process = StartByShell("exec \"$@\" >/dev/full", option);
        Assert.That(process.WaitForExit(), Is.EqualTo(1));
        Assert.That(process.Errors, Does.Match("^qemu-l2tp: cannot write to stdout: .*\n.*/dev/null.*\n$"));
    }

    [Test]
    public void A_descriptor_file_describes_this_program()
    {
        using var json = JsonDocument.Parse(File.ReadAllText(Path.Combine(Repository.Root, "qemu-scripts", "50-qemu-l2tp.json")));
        using var capabilities = JsonDocument.Parse(BackEndConventions.Capabilities);
        Assert.That(json.RootElement.EnumerateObject().Select(member => member.Name), Is.EqualTo(new[] { "description", "type", "binary" }));
        Assert.That(json.RootElement.GetProperty("type").GetString(), Is.EqualTo(capabilities.RootElement.GetProperty("type").GetString()));
        Assert.That(json.RootElement.GetProperty("binary").GetString(), Does.Match("^/.*/qemu-l2tp$"));
    }

    [TestCase("/run/a,b.sock", null)]
    [TestCase(null, 7)]
    public void The_options_are_short_for_a_front_end(string? path, int? descriptor)
    {
        var commandLine = new RunOptions { Netdevs = [Netdev("a")], SocketPath = path, SocketDescriptor = descriptor };
        PseudowirePlan plan = CommandLinePlans.From(commandLine, id => DefaultFrontend.For(id, ListenDescriptors.None), new StderrLog(EventLevel.Error)).Single();
        Assert.That(plan.Frontend, Is.EqualTo(new Written<FrontendOptions>(
            path is null ? "--fd 7" : $"--socket-path {path}",
            new FrontendOptions
            {
                Kind = FrontendKind.VhostUser,
                Server = path is not null,
                Address = path is null ? new FdFrontendAddress(7) : new UnixFrontendAddress(path),
            })));
    }

    [TestCase("--socket-path and --fd exclude one another: keep one of them", "--socket-path", "/x", "--fd", "7")]
    [TestCase("--socket-path and --frontend exclude one another: leave out --frontend, or write --frontend vhost-user,path=/x,server=on in place of --socket-path", "--socket-path", "/x", "--frontend", "stream,id=a")]
    [TestCase("--fd and --frontend exclude one another: leave out --frontend, or write --frontend vhost-user,fd=7 in place of --fd", "--fd=7", "--frontend", "socket,listen=:1")]
    [TestCase("--socket-path is for a single pseudowire: write --frontend vhost-user,id=ID,path=/x,server=on with the id of each in place of --socket-path", "-socket-path", "/x", "-netdev", "l2tpv3,id=b")]
    [TestCase("--fd is for a single pseudowire: write --frontend vhost-user,id=ID,fd=7 with the id of each in place of --fd", "-fd", "7", "-net", "l2tpv3")]
    public void What_does_not_go_together_is_wrong_usage(string message, params string[] arguments)
    {
        ProgramProcess process = Run(2, ["-netdev", Netdev("a"), .. arguments]);
        Assert.That(process.Errors, Is.EqualTo($"qemu-l2tp: {message}\nTry 'qemu-l2tp --help'; it shows examples.\n"));
        Assert.That(process.Output, Is.Empty);
    }

    [Test]
    public void An_error_begins_with_the_option_that_was_written()
    {
        ProgramProcess process = Run(1, "-netdev", Netdev(), "--socket-path", "");
        Assert.That(process.Errors, Does.StartWith("qemu-l2tp: --socket-path : Parameter 'path' expects a file name\n"));
    }
}
