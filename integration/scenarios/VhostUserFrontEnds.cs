using System.Text.Json;
using QemuL2tp.Integration.Peers;

namespace QemuL2tp.Integration.Scenarios;

/// <summary>Every way in which a vhost-user front end and the program find each other, with a real QEMU and a driver in its guest.</summary>
[TestFixture]
public sealed class VhostUserFrontEnds
{
    private static readonly Wire s_weListen = VhostUserWires.Of(150);
    private static readonly Wire s_weConnect = VhostUserWires.Of(151);
    private static readonly Wire s_socketPath = VhostUserWires.Of(152);
    private static readonly Wire s_descriptor = VhostUserWires.Of(153);
    private static readonly Wire s_polling = VhostUserWires.Of(154);
    private readonly List<QemuL2tpBackEnd> _backEnds = [];
    private Vm? _guest;

    [OneTimeSetUp]
    public void Boot()
    {
        Lab.NeedsQemuL2tp();
        Lab.StartPeer();
        // QEMU passes descriptors only over a connection that it made by path, so --fd is the other end of such a one.
        var accepted = new QemuL2tpBackEnd("front-ends", s_descriptor) { VhostUser = true, SaysFrontend = false, Extra = ["--fd", "@FD@"], Prefix = Accepting(s_descriptor) };
        _backEnds.Add(accepted);
        accepted.Launch();
        Until.True(() => UnixListener.IsAt(accepted.SocketOf(s_descriptor)), "the launcher listens");

        List<GuestNic> nics =
        [
            new(s_descriptor, accepted.NetdevOf(s_descriptor)),
            Nic(s_weListen, new("front-ends", s_weListen) { VhostUser = true }),
            Nic(s_weConnect, new("front-ends", s_weConnect) { VhostUser = true, Server = false }),
            Nic(s_socketPath, new("front-ends", s_socketPath) { VhostUser = true, SaysFrontend = false, Extra = ["--socket-path", SocketOf(s_socketPath)] }),
            Nic(s_polling, new("front-ends", s_polling) { VhostUser = true, FrontendOptions = ",x-poll-us=50" }),
        ];
        _guest = GuestVm.Boot("front-ends-guest", machine: 7, nics);
        VhostUserLab.AddToPeer(nics.Select(nic => nic.Wire));
        _guest.Batch(nics.SelectMany(nic => nic.Wire.GuestCommands()));
    }

    [OneTimeTearDown]
    public void Shut_down()
    {
        _guest?.Dispose();
        _backEnds.ForEach(backEnd => backEnd.Dispose());
    }

    [Test]
    public void We_listen() => PingSet.AssertAllAnswered(_guest!, s_weListen);

    [Test]
    public void QEMU_listens() => PingSet.AssertAllAnswered(_guest!, s_weConnect);

    [Test]
    public void Socket_path() => PingSet.AssertAllAnswered(_guest!, s_socketPath);

    [Test]
    public void Descriptor_of_a_connection() => PingSet.AssertAllAnswered(_guest!, s_descriptor);

    [Test]
    public void Bounded_polling() => PingSet.AssertAllAnswered(_guest!, s_polling);

    /// <summary>What libvirt and others ask a back end, whatever else is on its command line.</summary>
    [Test]
    public void Capabilities_are_printed_as_JSON()
    {
        using Child program = Child.Start("capabilities", Settings.Program, ["--print-capabilities", "--socket-path", "/nowhere"]);
        Assert.That(program.WaitForExit(), "it ends");
        Assert.That(program.ExitCode, Is.Zero, program.Error);
        using var json = JsonDocument.Parse(program.Output);
        Assert.That(json.RootElement.GetProperty("type").GetString(), Is.EqualTo("net"));
    }

    // Where the back end of that wire expects QEMU.
    private static string SocketOf(Wire wire) => new QemuL2tpBackEnd("front-ends", wire).SocketOf(wire);

    private static IReadOnlyList<string> Accepting(Wire wire) =>
        ["perl", Path.Combine(TestContext.CurrentContext.TestDirectory, "with-connection"), SocketOf(wire)];

    private GuestNic Nic(Wire wire, QemuL2tpBackEnd backEnd)
    {
        _backEnds.Add(backEnd);
        backEnd.Start();
        return new(wire, backEnd.NetdevOf(wire));
    }
}
