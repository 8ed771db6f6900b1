using QemuL2tp.Integration.Peers;

namespace QemuL2tp.Integration.Scenarios;

/// <summary>
/// For a minute, under load, the driver is reloaded about every second and QEMU killed and started every few seconds; with one thread
/// and with two, side by side.
/// </summary>
[TestFixture]
public sealed class VhostUserTorture
{
    [Test]
    public void Nothing_is_lost_or_left_behind_but_frames_on_the_way()
    {
        Lab.NeedsQemuL2tp();
        Lab.StartPeer();
        VhostUserTortured[] both = [new(threads: 1), new(threads: 2)];
        Task<string>[] running = [.. both.Select(each => Task.Factory.StartNew(each.Run, TaskCreationOptions.LongRunning))];
        foreach (Task<string> one in running)
        {
            TestContext.Out.WriteLine(one.GetAwaiter().GetResult());
        }
    }
}
