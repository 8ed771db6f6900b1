using QemuL2tp.Frames;
using Tmds.Linux;

namespace QemuL2tp.Tests.Linux;

/// <summary>The worker hands <see cref="Readiness"/> to epoll as it is, though its folder knows no system call.</summary>
public class ReadinessTests
{
    [TestCase(Readiness.Readable, LibC.EPOLLIN)]
    [TestCase(Readiness.Writable, LibC.EPOLLOUT)]
    [TestCase(Readiness.Error, LibC.EPOLLERR)]
    [TestCase(Readiness.HangUp, LibC.EPOLLHUP)]
    [TestCase(Readiness.PeerClosed, LibC.EPOLLRDHUP)]
    public void Each_value_is_the_one_of_epoll(Readiness readiness, uint epoll) => Assert.That((uint)readiness, Is.EqualTo(epoll));
}
