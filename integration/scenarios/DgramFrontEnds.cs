using System.Globalization;
using QemuL2tp.Integration.Peers;

namespace QemuL2tp.Integration.Scenarios;

/// <summary>Every form of datagrams between QEMU and the program, from a guest's driver to the Linux peer.</summary>
[TestFixture]
public sealed class DgramFrontEnds
{
    private static readonly string s_path = Path.Combine(Settings.RunDirectory, "dgram-");

    /// <summary>A form, and the front end in the words of the program.</summary>
    private static readonly (Wire Wire, string Frontend)[] s_forms =
    [
        (VhostUserWires.Of(220), $"dgram,local.type=unix,local.path={s_path}ours,remote.type=unix,remote.path={s_path}qemus"),
        (VhostUserWires.Of(221), "dgram,local.type=inet,local.host=127.0.0.1,local.port=27001,remote.type=inet,remote.host=127.0.0.1,remote.port=27002"),
        (VhostUserWires.Of(222), "dgram,remote.type=inet,remote.host=230.0.0.1,remote.port=27003,local.type=inet,local.host=127.0.0.1,local.port=27003"),
        (VhostUserWires.Of(223), "socket,udp=127.0.0.1:27004,localaddr=127.0.0.1:27005"),
        (VhostUserWires.Of(224), "socket,mcast=230.0.0.1:27006,localaddr=127.0.0.1"),
    ];

    private static readonly Wire s_dgramDescriptor = VhostUserWires.Of(225);
    private static readonly Wire s_socketDescriptor = VhostUserWires.Of(226);
    private static readonly string s_pidFile = s_path + "pid";
    private QemuL2tpBackEnd? _backEnd;
    private Vm? _guest;

    [OneTimeSetUp]
    public void Boot()
    {
        Lab.NeedsQemuL2tp();
        Lab.StartPeer();
        _backEnd = new QemuL2tpBackEnd("dgram-front-ends", [.. s_forms.Select(form => form.Wire)])
        {
            Server = false,
            SaysFrontend = false,
            Extra = [.. s_forms.SelectMany(form => new[] { "--frontend", $"{form.Frontend},id={form.Wire.Id}" })],
        };
        _backEnd.Start();
        List<GuestNic> nics =
        [
            .. s_forms.Select(form => new GuestNic(form.Wire, Pasted(form.Wire))),
            new(s_dgramDescriptor, ["-netdev", $"dgram,id={s_dgramDescriptor.Id},local.type=fd,local.str=@FD1@"]),
            new(s_socketDescriptor, ["-netdev", $"socket,id={s_socketDescriptor.Id},fd=@FD2@"]),
        ];
        _guest = GuestVm.Boot("dgram-guest", machine: 14, nics, prefix:
        [
            "perl", Path.Combine(TestContext.CurrentContext.TestDirectory, "with-socketpair"), "dgram,dgram",
            Settings.Program, "-netdev", s_dgramDescriptor.Netdev, "-netdev", s_socketDescriptor.Netdev,
            "--frontend", $"dgram,id={s_dgramDescriptor.Id},local.type=fd,local.str=@FD1@", "--frontend", $"socket,id={s_socketDescriptor.Id},fd=@FD2@", "--pid-file", s_pidFile, "--",
        ]);
        VhostUserLab.AddToPeer(nics.Select(nic => nic.Wire));
        _guest.Batch(nics.SelectMany(nic => nic.Wire.GuestCommands()));
    }

    [OneTimeTearDown]
    public void Shut_down()
    {
        // Nobody sends a frame by which it would notice QEMU's end.
        if (File.Exists(s_pidFile))
            Signals.Send(int.Parse(File.ReadAllText(s_pidFile), CultureInfo.InvariantCulture), Signals.Term);
        _guest?.Dispose();
        _backEnd?.Dispose();
    }

    [Test]
    public void Dgram_unix() => PingSet.AssertAllAnswered(_guest!, s_forms[0].Wire);

    [Test]
    public void Dgram_inet() => PingSet.AssertAllAnswered(_guest!, s_forms[1].Wire);

    [Test]
    public void Dgram_multicast() => PingSet.AssertAllAnswered(_guest!, s_forms[2].Wire);

    [Test]
    public void Socket_udp() => PingSet.AssertAllAnswered(_guest!, s_forms[3].Wire);

    [Test]
    public void Socket_mcast() => PingSet.AssertAllAnswered(_guest!, s_forms[4].Wire);

    [Test]
    public void Dgram_descriptor() => PingSet.AssertAllAnswered(_guest!, s_dgramDescriptor);

    [Test]
    public void Socket_descriptor() => PingSet.AssertAllAnswered(_guest!, s_socketDescriptor);

    /// <summary>What the program has printed to paste.</summary>
    private string[] Pasted(Wire wire) =>
        ["-netdev", _backEnd!.Process.Output.Split('\n').Single(line => line.Contains($"id={wire.Id}", StringComparison.Ordinal)).Split(' ')[1]];
}
