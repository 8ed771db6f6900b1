using QemuL2tp.EventLoop;
using Tmds.Linux;

namespace QemuL2tp.Tests.Linux;

/// <summary>The worker hands <see cref="Readiness"/> to epoll as it is, though its folder knows no system call.</summary>
internal sealed class ReadinessTests
{
    private static object[][] Values =>
    [
        [Readiness.Readable, LibC.EPOLLIN],
        [Readiness.Writable, LibC.EPOLLOUT],
        [Readiness.Error, LibC.EPOLLERR],
        [Readiness.HangUp, LibC.EPOLLHUP],
        [Readiness.PeerClosed, LibC.EPOLLRDHUP],
    ];

    [TestCaseSource(nameof(Values))]
    public void Each_value_is_the_one_of_epoll(Readiness readiness, int epoll) => Assert.That((int)readiness, Is.EqualTo(epoll));
}
