using QemuL2tp.QemuCommandLine;

namespace QemuL2tp.Tests.QemuCommandLine;

/// <summary>A command line as libvirt writes it: all of it survives but for the netdev.</summary>
public class LibvirtLineTests
{
    private static readonly string[] s_before =
    [
        "/usr/bin/qemu-system-x86_64", "-name", "guest=vm,debug-threads=on", "-S",
        "-object", """{"qom-type":"secret","id":"masterKey0","format":"raw","file":"/var/lib/libvirt/qemu/domain-1-vm/master-key.aes"}""",
        "-machine", "pc-q35-7.2,usb=off,dump-guest-core=off,memory-backend=pc.ram", "-accel", "kvm", "-cpu", "host,migratable=on",
        "-m", "size=1048576k", "-object", """{"qom-type":"memory-backend-memfd","id":"pc.ram","share":true,"x-use-canonical-path-for-ramblock-id":false,"size":1073741824}""",
        "-overcommit", "mem-lock=off", "-smp", "4,sockets=4,cores=1,threads=1", "-uuid", "7d1c2c1e-6b4e-4b6c-9d1f-3f4e5d6c7b8a",
        "-no-user-config", "-nodefaults", "-chardev", "socket,id=charmonitor,fd=23,server=on,wait=off", "-mon", "chardev=charmonitor,id=monitor,mode=control",
        "-rtc", "base=utc,driftfix=slew", "-global", "kvm-pit.lost_tick_policy=delay", "-no-hpet", "-no-shutdown", "-boot", "strict=on",
        "-device", """{"driver":"pcie-root-port","port":16,"chassis":1,"id":"pci.1","bus":"pcie.0","multifunction":true,"addr":"0x2"}""",
        "-blockdev", """{"driver":"file","filename":"/var/lib/libvirt/images/vm, new.img","node-name":"libvirt-1-storage","auto-read-only":true,"discard":"unmap"}""",
        "-netdev", """{"type":"tap","fd":"27","vhost":true,"vhostfd":"29","id":"hostnet0"}""",
        "-device", """{"driver":"virtio-net-pci","netdev":"hostnet0","id":"net0","mac":"52:54:00:00:00:01","bus":"pci.1","addr":"0x0"}""",
        "-chardev", "pty,id=charserial0", "-device", """{"driver":"isa-serial","chardev":"charserial0","id":"serial0","index":0}""",
        "-audiodev", """{"id":"audio1","driver":"none"}""", "-msg", "timestamp=on", "-append", "a  \"b\" 'c' -netdev l2tpv3",
    ];

    private static readonly string[] s_after =
    [
        "-device", "virtio-net-pci,netdev=hostnet1,mac=52:54:00:12:34:56,bus=pcie.0,addr=0x10",
        "-sandbox", "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny",
    ];

    [TestCase("l2tpv3,id=hostnet1,src=10.0.0.1,dst=10.0.0.2,txsession=1")]
    [TestCase("""{"type":"l2tpv3","id":"hostnet1","src":"10.0.0.1","dst":"10.0.0.2","txsession":1}""")]
    public void All_options_survive_but_the_netdev(string netdev)
    {
        string[] words = [.. s_before, "-netdev", netdev, .. s_after];

        var line = Rewritten.Of(words);
        Assert.That(line.Qemu, Is.EqualTo((string[])[.. s_before, "-chardev", "socket,id=qemu-l2tp-hostnet1,path=/proc/self/fd/50", "-netdev", "vhost-user,id=hostnet1,chardev=qemu-l2tp-hostnet1", .. s_after]));
        Assert.That(line.BackEnd, Is.EqualTo(new[] { "-netdev", netdev, "--frontend", "vhost-user,id=hostnet1,fd=60,server=on" }));
        var stream = Rewritten.Of(words, FrontEndWish.Stream);
        Assert.That(stream.Qemu, Is.EqualTo((string[])[.. s_before, "-netdev", "stream,id=hostnet1,server=off,addr.type=fd,addr.str=50", .. s_after]));
    }
}
