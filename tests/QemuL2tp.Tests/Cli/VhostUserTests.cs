using QemuL2tp.Tests.TestSupport;

namespace QemuL2tp.Tests.Cli;

/// <summary>The program with a vhost-user front end, up to the point where QEMU connects.</summary>

internal sealed class VhostUserTests : ProgramTest
{
    private const string SharedMemory = "-object memory-backend-memfd,id=mem,size=SIZE,share=on -machine memory-backend=mem";

    [Test]
    public void Stdout_is_one_line_to_paste_and_stderr_tells_of_the_memory([Values("--frontend", "--socket-path")] string option)
    {
        string path = FileName("v.sock");
        ProgramProcess process = Start("-netdev", Netdev(), option, option == "--frontend" ? $"vhost-user,path={path}" : path).UntilReady();
        Assert.That(File.Exists(path), Is.True);
        Assert.That(process.Terminate(), Is.Zero);
        Assert.That(process.Output, Is.EqualTo($"-chardev socket,id=char-net0,path={path},reconnect=1 -netdev vhost-user,id=net0,chardev=char-net0 -device virtio-net-pci,netdev=net0,rx_queue_size=1024,tx_queue_size=1024,speed=10000,duplex=full,ctrl_guest_offloads=off\n"));
        Assert.That(process.Errors, Does.StartWith(
            $"qemu-l2tp: net0: ready; start QEMU with {SharedMemory} (SIZE as in -m) and:\nqemu-l2tp: net0: from QEMU 10.2 on, write reconnect-ms=1000 in place of reconnect=1\n"));
        Assert.That(File.Exists(path), Is.False);
    }

    [Test]
    public void Where_QEMU_listens_there_is_no_word_of_its_reconnect()
    {
        ProgramProcess process = Start("-netdev", Netdev(), "--frontend", $"vhost-user,server=off,path={FileName("v.sock")}").UntilReady();
        Assert.That(process.Terminate(), Is.Zero);
        Assert.That(process.Output, Does.Contain(",server=on -netdev vhost-user,"));
        Assert.That(process.Errors, Does.Contain(SharedMemory).And.Not.Contain("10.2"));
    }

    [Test]
    public void One_process_serves_both_kinds_of_front_end()
    {
        ProgramProcess process = Start("-netdev", Netdev("a"), "-netdev", Netdev("b"), "--frontend", $"vhost-user,id=b,path={FileName("v.sock")}").UntilReady(2);
        Assert.That(process.Terminate(), Is.Zero);
        Assert.That(process.Output, Does.Match("^-netdev stream,id=a,.*\n-chardev socket,id=char-b,.*\n$"));
        Assert.That(process.Errors, Does.Contain("a: statistics").And.Contain("b: statistics"));
    }

    [Test]
    public void A_descriptor_that_is_not_open_is_named_with_its_option()
    {
        ProgramProcess process = StartByShell("exec \"$@\" 200>&-", "-netdev", Netdev(), "--fd", "200");
        Assert.That(process.WaitForExit(), Is.EqualTo(1));
        Assert.That(process.Errors, Does.StartWith("qemu-l2tp: --fd 200: file descriptor 200 is not an open socket\n"));
        Assert.That(process.Output, Is.Empty);
    }

    [Test]
    public void A_socket_in_use_is_named_with_its_option()
    {
        string path = FileName("v.sock");
        Start("-netdev", Netdev(), "--socket-path", path).UntilReady();
        ProgramProcess second = Run(1, "-netdev", Netdev(), "--socket-path", path);
        Assert.That(second.Errors, Does.StartWith($"qemu-l2tp: --socket-path {path}: Failed to bind socket to {path}: another process listens there\n"));
    }
}
