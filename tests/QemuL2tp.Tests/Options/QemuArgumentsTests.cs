using System.Text.RegularExpressions;
using FsCheck;
using FsCheck.Fluent;
using QemuL2tp.Options;

namespace QemuL2tp.Tests.Options;

/// <summary>The text that a user pastes on QEMU's command line.</summary>
public sealed class QemuArgumentsTests
{
    private const string Properties = "rx_queue_size=1024,speed=10000,duplex=full";
    private const string VhostUserProperties = "rx_queue_size=1024,tx_queue_size=1024,speed=10000,duplex=full,ctrl_guest_offloads=off";
    private const string Device = " -device virtio-net-pci,netdev=net0," + Properties;
    private const string VhostUserDevice = " -device virtio-net-pci,netdev=net0," + VhostUserProperties;

    [TestCase("stream,server=on,addr.type=unix,addr.path=/run/x.sock", "stream,id=net0,server=off,addr.type=unix,addr.path=/run/x.sock")]
    [TestCase("stream,server=off,addr.type=unix,addr.path=/run/x.sock", "stream,id=net0,server=on,addr.type=unix,addr.path=/run/x.sock")]
    [TestCase("stream,addr.type=unix,addr.path=a,,b", "stream,id=net0,server=off,addr.type=unix,addr.path=a,,b")]
    [TestCase("stream,addr.type=unix,addr.path=a b", "'stream,id=net0,server=off,addr.type=unix,addr.path=a b'")]
    [TestCase("stream,addr.type=unix,addr.path=it's", @"'stream,id=net0,server=off,addr.type=unix,addr.path=it'\''s'")]
    [TestCase("stream,addr.type=unix,addr.path=x,addr.abstract=on,addr.tight=off", "stream,id=net0,server=off,addr.type=unix,addr.path=x,addr.abstract=on,addr.tight=off")]
    [TestCase("stream,addr.type=inet,addr.host=,addr.port=5", "stream,id=net0,server=off,addr.type=inet,addr.host=127.0.0.1,addr.port=5")]
    [TestCase("stream,addr.type=inet,addr.host=0.0.0.0,addr.port=5", "stream,id=net0,server=off,addr.type=inet,addr.host=127.0.0.1,addr.port=5")]
    [TestCase("stream,addr.type=inet,addr.host=::,addr.port=5", "stream,id=net0,server=off,addr.type=inet,addr.host=::1,addr.port=5")]
    [TestCase("stream,addr.type=inet,addr.host=,addr.port=5,addr.ipv4=off", "stream,id=net0,server=off,addr.type=inet,addr.host=::1,addr.port=5,addr.ipv4=off")]
    [TestCase("stream,server=off,addr.type=inet,addr.host=0.0.0.0,addr.port=5,addr.ipv6=off", "stream,id=net0,server=on,addr.type=inet,addr.host=0.0.0.0,addr.port=5,addr.ipv6=off")]
    [TestCase("socket,listen=:1234", "socket,id=net0,connect=127.0.0.1:1234")]
    [TestCase("socket,listen=h:1234", "socket,id=net0,connect=h:1234")]
    [TestCase("socket,connect=h:1234", "socket,id=net0,listen=h:1234")]
    [TestCase("dgram,local.type=unix,local.path=/run/b,remote.type=unix,remote.path=/run/a,,", "dgram,id=net0,local.type=unix,local.path=/run/a,,,remote.type=unix,remote.path=/run/b")]
    [TestCase("dgram,local.type=inet,local.host=,local.port=5,remote.type=inet,remote.host=10.0.0.1,remote.port=6", "dgram,id=net0,local.type=inet,local.host=10.0.0.1,local.port=6,remote.type=inet,remote.host=127.0.0.1,remote.port=5")]
    [TestCase("dgram,remote.type=inet,remote.host=230.0.0.1,remote.port=6", "dgram,id=net0,remote.type=inet,remote.host=230.0.0.1,remote.port=6")]
    [TestCase("dgram,remote.type=inet,remote.host=230.0.0.1,remote.port=6,local.type=inet,local.host=127.0.0.1,local.port=1", "dgram,id=net0,remote.type=inet,remote.host=230.0.0.1,remote.port=6,local.type=inet,local.host=127.0.0.1,local.port=6")]
    [TestCase("socket,udp=10.0.0.1:6,localaddr=:5", "socket,id=net0,udp=127.0.0.1:5,localaddr=10.0.0.1:6")]
    [TestCase("socket,mcast=230.0.0.1:6", "socket,id=net0,mcast=230.0.0.1:6")]
    [TestCase("socket,mcast=230.0.0.1:6,localaddr=127.0.0.1", "socket,id=net0,mcast=230.0.0.1:6,localaddr=127.0.0.1")]
    public void QEMU_gets_the_mirror_image(string frontend, string netdev)
    {
        Assert.That(QemuArguments.For(FrontendParser.Parse(frontend, []), "net0"), Is.EqualTo($"-netdev {netdev}{Device}"));
    }

    [TestCase("stream,addr.type=fd,addr.str=7", "stream,id=net0,server=off,addr.type=fd,addr.str=N", "the other end of the socket pair")]
    [TestCase("stream,server=on,addr.type=fd,addr.str=7", "stream,id=net0,server=off,addr.type=fd,addr.str=N", "connected to the listening socket")]
    [TestCase("dgram,local.type=fd,local.str=7", "dgram,id=net0,local.type=fd,local.str=N", "the other end of the socket pair")]
    [TestCase("socket,fd=7", "socket,id=net0,fd=N", "the other end of the socket pair")]
    public void A_descriptor_gets_a_hint_in_a_shell_comment(string frontend, string netdev, string hint)
    {
        string line = QemuArguments.For(FrontendParser.Parse(frontend, []), "net0");
        Assert.That(line, Does.StartWith($"-netdev {netdev}{Device} # N: the descriptor that QEMU inherits, ").And.Contain(hint).And.EndsWith(" that is 7 here"));
    }

    [TestCase("vhost-user,path=/run/x.sock", "path=/run/x.sock,reconnect=1")]
    [TestCase("vhost-user,path=/run/x.sock,server=off", "path=/run/x.sock,server=on")]
    [TestCase("vhost-user,path=a,,b", "path=a,,b,reconnect=1")]
    [TestCase("vhost-user,addr.type=unix,addr.path=x,addr.abstract=on,addr.tight=off,server=off", "path=x,abstract=on,tight=off,server=on")]
    public void For_vhost_user_QEMU_gets_a_chardev_of_the_other_role(string frontend, string chardev)
    {
        Assert.That(
            QemuArguments.For(FrontendParser.Parse(frontend, []), "net0"),
            Is.EqualTo($"-chardev socket,id=char-net0,{chardev} -netdev vhost-user,id=net0,chardev=char-net0{VhostUserDevice}"));
    }

    [TestCase("vhost-user,fd=7", "path=PATH", "the socket whose connection to QEMU is 7 here")]
    [TestCase("vhost-user,fd=7,server=on", "path=PATH,reconnect=1", "the listening socket that is 7 here")]
    public void For_vhost_user_QEMU_takes_no_descriptor(string frontend, string chardev, string hint)
    {
        Assert.That(
            QemuArguments.For(FrontendParser.Parse(frontend, []), "net0"),
            Is.EqualTo($"-chardev socket,id=char-net0,{chardev} -netdev vhost-user,id=net0,chardev=char-net0{VhostUserDevice} # PATH: of {hint}; vhost-user takes no fd= in QEMU"));
    }

    [Test]
    public void An_odd_id_is_escaped_and_quoted()
    {
        Assert.That(
            QemuArguments.For(FrontendParser.Parse("socket,listen=:1", []), "a,$b"),
            Is.EqualTo("-netdev 'socket,id=a,,$b,connect=127.0.0.1:1' -device 'virtio-net-pci,netdev=a,,$b," + Properties + "'"));
        Assert.That(
            QemuArguments.For(FrontendParser.Parse("vhost-user,path=/a b", []), "a,$b"),
            Is.EqualTo("-chardev 'socket,id=char-a,,$b,path=/a b,reconnect=1' -netdev 'vhost-user,id=a,,$b,chardev=char-a,,$b' -device 'virtio-net-pci,netdev=a,,$b," + VhostUserProperties + "'"));
    }

    [TestCase("on", ",ctrl_guest_offloads=off")]
    [TestCase("off", "")]
    public void A_driver_that_gets_super_frames_cannot_switch_them_off(string offload, string property)
    {
        string line = QemuArguments.For(FrontendParser.Parse($"vhost-user,path=/x,x-offload-rx={offload}", []), "net0");
        Assert.That(line, Does.EndWith("tx_queue_size=1024,speed=10000,duplex=full" + property));
    }

    [Test]
    public void What_QEMU_gets_for_any_unix_path_is_our_front_end_with_the_roles_exchanged()
    {
        Gen<string> paths = Gen.Elements("/run/x,y'z \"$`\\=.é;|&".ToCharArray()).NonEmptyListOf().Select(string.Concat);
        Prop.ForAll(paths.ToArbitrary(), path =>
        {
            var ours = new FrontendOptions { Kind = FrontendKind.Stream, Server = true, Address = new UnixFrontendAddress(path), Id = "n" };
            return Mirror(ours) == ours with { Server = false };
        }).QuickCheckThrowOnFailure();
    }

    [TestCase("dgram,id=n,local.type=unix,local.path=a b,remote.type=unix,remote.path=c,,d")]
    [TestCase("dgram,id=n,local.type=inet,local.host=a,local.port=5,remote.type=inet,remote.host=b,remote.port=6")]
    [TestCase("dgram,id=n,remote.type=inet,remote.host=230.0.0.1,remote.port=6")]
    [TestCase("socket,id=n,udp=a:1,localaddr=b:2")]
    [TestCase("socket,id=n,mcast=230.0.0.1:6,localaddr=127.0.0.1")]
    public void The_mirror_image_of_the_mirror_image_is_the_front_end(string frontend)
    {
        FrontendOptions ours = FrontendParser.Parse(frontend, []);
        Assert.That(Mirror(Mirror(ours)), Is.EqualTo(ours));
    }

    private static FrontendOptions Mirror(FrontendOptions frontend)
    {
        string line = QemuArguments.For(frontend, "n");
        return FrontendParser.Parse(Unquote(line["-netdev ".Length..line.LastIndexOf(" -device ", StringComparison.Ordinal)]), []);
    }

    private static string Unquote(string word) =>
        word.StartsWith('\'') ? Regex.Replace(word[1..^1], @"'\\''", "'") : word;
}
