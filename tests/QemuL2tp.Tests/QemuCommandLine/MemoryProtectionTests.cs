using QemuL2tp.Options;
using QemuL2tp.QemuCommandLine;

namespace QemuL2tp.Tests.QemuCommandLine;

/// <summary>Guests whose memory a vhost-user back end cannot read: never by itself, and an error where it is asked for.</summary>
public sealed class MemoryProtectionTests
{
    private const string Netdev = "-netdev l2tpv3,id=a";
    private const string Shared = "-object memory-backend-memfd,id=m,size=1G,share=on -machine q35,memory-backend=m -accel kvm";
    private const string Virtio = "-device virtio-net-pci,netdev=a";
    private const string Iommu = "puts the NIC behind the guest's IOMMU";
    private const string Confidential = "makes a confidential guest";

    [TestCase($"{Virtio},iommu_platform=on", Iommu)]
    [TestCase($"{Virtio},iommu_platform=true", Iommu)]
    [TestCase("-device {\"driver\":\"virtio-net-pci\",\"netdev\":\"a\",\"iommu_platform\":true}", Iommu)]
    [TestCase($"{Virtio} -global virtio-net-pci.iommu_platform=on", Iommu)]
    [TestCase($"{Virtio} -global virtio-device.iommu_platform=on", Iommu)]
    [TestCase($"{Virtio} -global driver=virtio-net-pci,property=iommu_platform,value=on", Iommu)]
    [TestCase("-device virtio-net-pci-non-transitional,netdev=a -global virtio-net-pci-non-transitional.iommu_platform=yes", Iommu)]
    [TestCase($"{Virtio},id=nic -set device.nic.iommu_platform=on", Iommu)]
    [TestCase($"{Virtio} -machine confidential-guest-support=sev0 -object sev-guest,id=sev0,cbitpos=47,reduced-phys-bits=1", Confidential)]
    [TestCase($"{Virtio} -machine memory-encryption=sev0", Confidential)]
    [TestCase($"{Virtio} -machine confidential_guest_support=x", Confidential)]
    [TestCase($"{Virtio} -object {{\"qom-type\":\"tdx-guest\",\"id\":\"t\"}}", Confidential)]
    [TestCase("-device virtio-net-ccw,netdev=a -object s390-pv-guest,id=pv0", Confidential)]
    public void It_is_a_stream_and_vhost_user_is_an_error_that_says_why(string rest, string why)
    {
        string line = $"q {Netdev} {rest} {Shared}";

        Assert.That(Rewritten.Of(line, version: new QemuVersion(10, 0)).Qemu[2], Does.StartWith("stream,"));
        UserErrorException error = Assert.Throws<UserErrorException>(() => Rewritten.Of(line, FrontEndWish.VhostUser))!;
        Assert.That(error.Problem, Does.StartWith($"--frontend vhost-user: {Netdev}: ").And.Contain(why));
        Assert.That(error.Remedy, Does.StartWith("Leave out --frontend vhost-user"));
    }

    [TestCase("-nic l2tpv3,src=x,model=virtio-net-pci -global virtio-net-pci.iommu_platform=on")]
    public void A_NIC_option_is_a_socket_then(string nic) =>
        Assert.That(Rewritten.Of($"q {nic} {Shared}").Qemu[2], Does.StartWith("socket,"));

    [TestCase($"{Virtio},iommu_platform=off -global virtio-net-pci.iommu_platform=on")]
    [TestCase($"{Virtio} -global virtio-net-pci.iommu_platform=on -global virtio-net-pci.iommu_platform=off")]
    [TestCase($"{Virtio} -global virtio-blk-pci.iommu_platform=on")]
    [TestCase($"{Virtio} -device virtio-blk-pci,drive=d,iommu_platform=on")]
    [TestCase($"{Virtio} -device intel-iommu")]
    public void What_is_about_another_device_changes_nothing(string rest) =>
        Assert.That(Rewritten.Of($"q {Netdev} {rest} {Shared}").Qemu, Does.Contain("vhost-user,id=a,chardev=qemu-l2tp-a"));
}
