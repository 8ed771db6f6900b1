using QemuL2tp.Datagrams;

namespace QemuL2tp.Tests.Datagrams;

/// <summary>What the sources of a thread receive into goes from one to the next.</summary>
public class ReceiveBuffersTests
{
    [Test]
    public void What_was_returned_is_taken_again() => OnThreadOfItsOwn(() =>
    {
        var first = ReceiveBuffers.Rent();
        var second = ReceiveBuffers.Rent();
        Assert.That(second, Is.Not.SameAs(first));
        first.Return();
        Assert.That(ReceiveBuffers.Rent(), Is.SameAs(first));
    });

    [Test]
    public unsafe void Each_message_has_room_of_its_own() => OnThreadOfItsOwn(() =>
    {
        var buffers = ReceiveBuffers.Rent();
        for (int i = 1; i < ReceiveBuffers.Capacity; i++)
            Assert.That(buffers[i] - buffers[i - 1], Is.AtLeast(ReceiveBuffers.MaxMessageLength));
    });

    [Test]
    public void Who_takes_some_when_many_hold_theirs_is_to_be_modest_until_they_are_back() => OnThreadOfItsOwn(() =>
    {
        ReceiveBuffers[] held = [.. Enumerable.Range(0, 2).Select(_ => ReceiveBuffers.Rent())];
        Assert.That(held[1].Budget, Is.EqualTo(ReceiveBuffers.Capacity));
        var third = ReceiveBuffers.Rent();
        Assert.That(third.Budget, Is.LessThanOrEqualTo(4));
        held[0].Return();
        Assert.That(third.Budget, Is.EqualTo(ReceiveBuffers.Capacity));
    });

    [Test]
    public void They_are_returned_to_the_thread_that_took_them() => OnThreadOfItsOwn(() =>
    {
        var buffers = ReceiveBuffers.Rent();
        OnThreadOfItsOwn(buffers.Return);
        Assert.That(ReceiveBuffers.Rent(), Is.SameAs(buffers));
    });

    private static void OnThreadOfItsOwn(Action test)
    {
        Exception? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                test();
            }
            catch (AssertionException e)
            {
                failure = e;
            }
        });
        thread.Start();
        thread.Join();
        Assert.That(failure, Is.Null);
    }
}
