using QemuL2tp.Options;
using QemuL2tp.QemuCommandLine;

namespace QemuL2tp.Tests.QemuCommandLine;

/// <summary>When a pseudowire becomes vhost-user, and what that adds.</summary>
public class FrontEndChoiceTests
{
    private const string Netdev = "-netdev l2tpv3,id=a";
    private const string Virtio = "-device virtio-net-pci,netdev=a";
    private const string Shared = "-object memory-backend-memfd,id=m,size=1G,share=on -machine q35,memory-backend=m -accel kvm";

    [TestCase($"{Virtio} {Shared}")]
    [TestCase($"{Virtio} -object memory-backend-memfd,id=m,size=1G -M memory-backend=m -enable-kvm", Description = "A memfd is shared unless it says otherwise.")]
    [TestCase($"{Virtio} -object memory-backend-file,id=m,share=yes,mem-path=/x -machine memory-backend=m,accel=kvm")]
    [TestCase("-device {\"driver\":\"virtio-net-pci\",\"netdev\":\"a\"} -accel kvm -machine pc,memory-backend=m -object {\"qom-type\":\"memory-backend-file\",\"id\":\"m\",\"share\":true}")]
    [TestCase($"{Virtio} -accel kvm -object memory-backend-memfd,id=m -object memory-backend-memfd,id=n -numa node,memdev=m -numa node,memdev=n")]
    [TestCase($"-device virtio-net-device,netdev=a {Shared}")]
    [TestCase($"-device virtio-net-pci-non-transitional,netdev=a {Shared}")]
    [TestCase($"{Virtio},vectors=0 -object memory-backend-memfd,id=m -machine memory-backend=m", Description = "Without MSI-X QEMU 7.2 does not crash under TCG.")]
    public void With_shared_memory_and_a_virtio_NIC_it_is_vhost_user(string rest)
    {
        var line = Rewritten.Of($"q {Netdev} {rest}");

        Assert.That(line.Qemu, Is.EqualTo($"q -chardev socket,id=qemu-l2tp-a,path=/proc/self/fd/50 -netdev vhost-user,id=a,chardev=qemu-l2tp-a {rest}".Split(' ')));
        Assert.That(line.BackEnd, Is.EqualTo($"{Netdev} --frontend vhost-user,id=a,fd=60,server=on".Split(' ')));
    }

    [TestCase(Virtio, Description = "Adding shared memory is for the user to decide.")]
    [TestCase($"{Virtio} -m 1G -accel kvm")]
    [TestCase($"-device e1000,netdev=a {Shared}")]
    [TestCase($"-device virtio-net-pci,netdev=b {Shared}")]
    [TestCase(Shared, Description = "No NIC.")]
    [TestCase($"{Virtio} -accel kvm -object memory-backend-ram,id=m,share=on -machine memory-backend=m", Description = "Has no descriptor.")]
    [TestCase($"{Virtio} -accel kvm -object memory-backend-memfd,id=m,share=off -machine memory-backend=m")]
    [TestCase($"{Virtio} -accel kvm -object memory-backend-file,id=m -machine memory-backend=m")]
    [TestCase($"{Virtio} -accel kvm -object memory-backend-memfd,id=m", Description = "Not the guest's.")]
    [TestCase($"{Virtio} {Shared} -object memory-backend-ram,id=d -device pc-dimm,memdev=d", Description = "Frames may lie in any memory.")]
    [TestCase($"{Virtio} -object memory-backend-memfd,id=m -machine memory-backend=m", Description = "QEMU 7.2 would crash under TCG.")]
    [TestCase($"{Virtio} -accel tcg {Shared}")]
    [TestCase($"{Virtio} -object memory-backend-memfd,id=m -machine memory-backend=m,accel=kvm:tcg")]
    [TestCase($"{Virtio} {Shared} -object filter-dump,id=f,netdev=a,file=x", Description = "It would see nothing.")]
    [TestCase($"{Virtio} {Shared} -netdev hubport,id=h,hubid=0,netdev=a")]
    public void Anything_else_is_a_stream(string rest)
    {
        string[] words = Rewritten.Of($"q {Netdev} {rest}").Qemu;

        Assert.That(words, Is.EqualTo($"q -netdev stream,id=a,server=off,addr.type=fd,addr.str=50 {rest}".Split(' ')));
    }

    [Test]
    public void QEMU_10_does_not_crash_under_TCG()
    {
        const string line = $"q {Netdev} {Virtio} -object memory-backend-memfd,id=m -machine memory-backend=m";

        Assert.That(Rewritten.Of(line, version: new QemuVersion(10, 0)).Qemu, Does.Contain("vhost-user,id=a,chardev=qemu-l2tp-a"));
        Assert.That(Rewritten.Of(line, version: new QemuVersion(9, 2)).Qemu, Does.Not.Contain("vhost-user,id=a,chardev=qemu-l2tp-a"));
    }

    [Test]
    public void A_NIC_option_with_a_virtio_model_is_one_too()
    {
        string[] words = Rewritten.Of($"q -nic l2tpv3,src=x,model=virtio-net-pci {Shared}").Qemu;

        Assert.That(words, Is.EqualTo($"q -chardev socket,id=qemu-l2tp-2,path=/proc/self/fd/50 -nic vhost-user,model=virtio-net-pci,chardev=qemu-l2tp-2 {Shared}".Split(' ')));
    }

    [Test]
    public void With_stream_asked_for_it_is_a_stream() =>
        Assert.That(Rewritten.Of($"q {Netdev} {Virtio} {Shared}", FrontEndWish.Stream).Qemu[2], Does.StartWith("stream,"));

    [TestCase("-m 512", "512M")]
    [TestCase("-m 1.5G", "1.5G")]
    [TestCase("-m size=2G,slots=4,maxmem=8G", "2G")]
    [TestCase("-m 1G,slots=4 -m 3G", "3G")]
    [TestCase("-m size=4096 -m slots=2,maxmem=8G", "4096M")]
    [TestCase("-S", "128M")]
    public void With_vhost_user_asked_for_the_guests_memory_becomes_shared(string memory, string size)
    {
        var line = Rewritten.Of($"/usr/bin/qemu-system-x86_64 {memory} -machine q35 {Netdev} {Virtio} -accel kvm", FrontEndWish.VhostUser);

        Assert.That(line.Qemu[^4..], Is.EqualTo(new[] { "-object", $"memory-backend-memfd,id=qemu-l2tp-memory,size={size},share=on", "-machine", "memory-backend=qemu-l2tp-memory" }));
        Assert.That(line.Qemu, Does.Contain("vhost-user,id=a,chardev=qemu-l2tp-a"));
        Assert.That(line.Warnings, Is.Empty);
    }

    [Test]
    public void What_is_shared_already_stays() =>
        Assert.That(Rewritten.Of($"q {Netdev} {Shared}", FrontEndWish.VhostUser).Qemu, Is.EqualTo($"q -chardev socket,id=qemu-l2tp-a,path=/proc/self/fd/50 -netdev vhost-user,id=a,chardev=qemu-l2tp-a {Shared}".Split(' ')));

    [Test]
    public void Where_QEMU_may_crash_a_warning_says_so() =>
        Assert.That(Rewritten.Of($"q -m 1G {Netdev} {Virtio}", FrontEndWish.VhostUser).Warnings, Is.EqualTo(new[] { "-netdev l2tpv3,id=a: without KVM this QEMU may crash when the guest's driver starts; vectors=0 on the device avoids it" }));

    [TestCase($"qemu-system-x86_64 {Netdev} -device e1000,netdev=a", $"{Netdev}: its NIC is e1000")]
    [TestCase("qemu-system-x86_64 -nic l2tpv3,src=x", "-nic l2tpv3,src=x: its NIC is the machine's default")]
    [TestCase("qemu-system-x86_64 -net nic,model=virtio -net l2tpv3,src=x", "-net l2tpv3,src=x: -net puts it on a hub, where QEMU copies every frame")]
    [TestCase($"qemu-system-x86_64 {Netdev} {Virtio} -object filter-dump,id=f,netdev=a", $"{Netdev}: -object filter-dump looks at its frames, which QEMU does not see with vhost-user")]
    [TestCase($"qemu-system-x86_64 {Netdev} {Virtio} -object memory-backend-ram,id=m -machine memory-backend=m", "the guest's memory 'm' is not shared")]
    [TestCase($"qemu-system-x86_64 {Netdev} {Virtio} -object memory-backend-ram,id=m -numa node,memdev=m", "the guest's memory 'm' is not shared")]
    [TestCase($"qemu-system-x86_64 {Netdev} {Virtio} -m 1G -mem-path /dev/hugepages", "-mem-path makes memory that is not shared")]
    [TestCase($"qemu-system-ppc64 {Netdev} {Virtio}", "how much memory has the guest?")]
    public void Where_it_cannot_be_the_error_says_why(string line, string message)
    {
        UserErrorException error = Assert.Throws<UserErrorException>(() => Rewritten.Of(line, FrontEndWish.VhostUser))!;

        Assert.That(error.Problem, Is.EqualTo($"--frontend vhost-user: {message}"));
        Assert.That(error.Remedy, Is.Not.Empty);
    }
}
