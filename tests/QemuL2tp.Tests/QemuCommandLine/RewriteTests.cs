using QemuL2tp.QemuCommandLine;

namespace QemuL2tp.Tests.QemuCommandLine;

public class RewriteTests
{
    private const string Keys = "src=4.2.3.1,dst=1.2.3.4,udp,srcport=16384,dstport=16384,rxsession=0xffffffff,txsession=0xffffffff,counter";

    [Test]
    public void The_example_of_QEMUs_manual()
    {
        var line = Rewritten.Of($"qemu-system-i386 linux.img -net nic -net l2tpv3,{Keys}");

        Assert.That(line.Qemu, Is.EqualTo("qemu-system-i386 linux.img -net nic -net socket,fd=50".Split(' ')));
        Assert.That(line.BackEnd, Is.EqualTo($"-net l2tpv3,id=net0,{Keys} --frontend stream,id=net0,addr.type=fd,addr.str=60".Split(' ')));
    }

    [TestCase("-netdev", "l2tpv3,id=a.b,KEYS", ExpectedResult = "stream,id=a.b,server=off,addr.type=fd,addr.str=50")]
    [TestCase("--netdev", "l2tpv3,KEYS,id=a", ExpectedResult = "stream,id=a,server=off,addr.type=fd,addr.str=50")]
    [TestCase("-netdev", "id=a,type=l2tpv3,KEYS,id=b", ExpectedResult = "stream,id=a,server=off,addr.type=fd,addr.str=50")]
    [TestCase("-netdev", "type=user,id=a,type=l2tpv3,KEYS", ExpectedResult = "stream,id=a,server=off,addr.type=fd,addr.str=50")]
    [TestCase("-netdev", "{\"type\": \"l2tpv3\", \"id\": \"a\", \"src\": \"x\"}", ExpectedResult = "stream,id=a,server=off,addr.type=fd,addr.str=50")]
    [TestCase("-netdev", "{'id':'a','type':'l2tpv3'}", ExpectedResult = "stream,id=a,server=off,addr.type=fd,addr.str=50")]
    [TestCase("-net", "l2tpv3,vlan=1,name=a,KEYS", ExpectedResult = "socket,id=a,fd=50")]
    [TestCase("--net", "l2tpv3,id=b,name=a,KEYS", ExpectedResult = "socket,id=b,fd=50")]
    [TestCase("-nic", "l2tpv3,KEYS", ExpectedResult = "socket,fd=50")]
    [TestCase("-nic", "l2tpv3,mac=52:54:00:12:34:56,KEYS,model=virtio-net-pci,id=a", ExpectedResult = "socket,mac=52:54:00:12:34:56,model=virtio-net-pci,id=a,fd=50")]
    [TestCase("-nic", "l2tpv3,KEYS,romfile=a,,b,misspelt", ExpectedResult = "socket,romfile=a,,b,misspelt,fd=50")]
    public string Every_form_of_it_is_replaced_under_its_option_and_its_id(string option, string text)
    {
        var line = Rewritten.Of(["q", "-S", option, text.Replace("KEYS", Keys, StringComparison.Ordinal), "-daemonize"]);

        Assert.That(line.Qemu, Has.Length.EqualTo(5));
        Assert.That(line.Qemu[..3], Is.EqualTo(new[] { "q", "-S", option }));
        Assert.That(line.Qemu[4], Is.EqualTo("-daemonize"));
        return line.Qemu[3];
    }

    [TestCase("-netdev", "l2tpv3,id=a,KEYS,txcookie=1", ExpectedResult = "-netdev l2tpv3,id=a,KEYS,txcookie=1 a")]
    [TestCase("-netdev", "{'id':'a','type':'l2tpv3'}", ExpectedResult = "-netdev {'id':'a','type':'l2tpv3'} a")]
    [TestCase("-netdev", "l2tpv3,KEYS", ExpectedResult = "-netdev l2tpv3,KEYS net0", Description = "The back end says that the id is missing, as QEMU does.")]
    [TestCase("-net", "l2tpv3,name=a,KEYS", ExpectedResult = "-net l2tpv3,name=a,KEYS a")]
    [TestCase("-net", "l2tpv3,vlan=2,KEYS", ExpectedResult = "-net l2tpv3,id=net0,vlan=2,KEYS net0")]
    [TestCase("-net", "l2tpv3,src=a,,b", ExpectedResult = "-net l2tpv3,id=net0,src=a,,b net0")]
    [TestCase("-nic", "l2tpv3,KEYS,model=e1000,x-gso=off", ExpectedResult = "-netdev l2tpv3,id=net0,KEYS,x-gso=off net0")]
    [TestCase("-nic", "l2tpv3,id=a,KEYS", ExpectedResult = "-netdev l2tpv3,id=a,KEYS a")]
    public string The_back_end_gets_what_is_about_the_pseudowire(string option, string text)
    {
        string[] words = Rewritten.Of(["q", option, text.Replace("KEYS", Keys, StringComparison.Ordinal)]).BackEnd;

        Assert.That(words[2], Is.EqualTo("--frontend"));
        string id = words[3].Split(',')[1].Split('=')[1];
        Assert.That(words[3], Is.EqualTo($"stream,id={id},addr.type=fd,addr.str=60"));
        return $"{words[0]} {words[1].Replace(Keys, "KEYS", StringComparison.Ordinal)} {id}";
    }

    [Test]
    public void Several_have_ids_and_descriptors_of_their_own()
    {
        var line = Rewritten.Of("q -net l2tpv3,src=1 -netdev user,id=u -netdev l2tpv3,id=net0,src=2 -nic l2tpv3,src=3");

        Assert.That(line.Qemu, Is.EqualTo("q -net socket,fd=50 -netdev user,id=u -netdev stream,id=net0,server=off,addr.type=fd,addr.str=51 -nic socket,fd=52".Split(' ')));
        Assert.That(line.BackEnd, Is.EqualTo((
            "-net l2tpv3,id=net1,src=1 --frontend stream,id=net1,addr.type=fd,addr.str=60 "
            + "-netdev l2tpv3,id=net0,src=2 --frontend stream,id=net0,addr.type=fd,addr.str=61 "
            + "-netdev l2tpv3,id=net2,src=3 --frontend stream,id=net2,addr.type=fd,addr.str=62").Split(' ')));
    }

    [TestCase(7, 1, ExpectedResult = "socket,id=a,fd=50")]
    [TestCase(0, 0, ExpectedResult = "socket,id=a,fd=50", Description = "QEMU did not tell.")]
    [TestCase(7, 2, ExpectedResult = "stream,id=a,server=off,addr.type=fd,addr.str=50")]
    [TestCase(10, 0, ExpectedResult = "stream,id=a,server=off,addr.type=fd,addr.str=50")]
    public string A_QEMU_without_stream_gets_socket(int major, int minor) =>
        Rewritten.Of("q -netdev l2tpv3,id=a", version: new QemuVersion(major, minor)).Qemu[2];

    [TestCase("q -netdev user,id=l2tpv3")]
    [TestCase("q -netdev {\"type\":\"l2tpv3\"")]
    [TestCase("q -netdev {'type':'user','id':'l2tpv3'}")]
    [TestCase("q -netdev l2tpv3x,id=a")]
    [TestCase("q -nic {\"type\":\"l2tpv3\"}")]
    [TestCase("q -append -netdev=l2tpv3,id=a")]
    [TestCase("q -name l2tpv3,id=a -net")]
    [TestCase("q ---netdev l2tpv3,id=a")]
    public void What_QEMU_would_not_take_for_it_is_left_alone(string line) => Assert.That(Rewritten.Of(line).Qemu, Is.EqualTo(line.Split(' ')));

    [TestCase("QEMU emulator version 7.2.22 (Debian 1:7.2+dfsg-7+deb12u18+b3)\nCopyright", 7, 2)]
    [TestCase("QEMU emulator version 10.0.2", 10, 0)]
    [TestCase("QEMU PC emulator version 0.12.1 (qemu-kvm-0.12.1.2), Copyright", 0, 12)]
    [TestCase("usage: my-qemu", 0, 0)]
    public void The_version_is_what_QEMU_prints(string output, int major, int minor) =>
        Assert.That(QemuVersion.Parse(output), Is.EqualTo(new QemuVersion(major, minor)));
}
