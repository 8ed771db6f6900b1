using QemuL2tp.Options;

namespace QemuL2tp.Tests.Options;

/// <summary><c>x-wait</c> and <c>x-resolve</c>.</summary>
public sealed class WaitOptionTests
{
    private const string Start = "l2tpv3,id=a,src=127.0.0.1,dst=peer.example,txsession=1";

    [TestCase("", null, false)]
    [TestCase(",x-wait=on", true, false)]
    [TestCase(",x-wait=off,x-resolve=once", false, true)]
    [TestCase(",x-resolve=again", null, false)]
    public void They_are_read(string text, bool? waits, bool isOnce)
    {
        L2tpv3Options options = NetdevParser.Parse(Start + text, []);
        Assert.That((options.Waits, options.ResolveOnce), Is.EqualTo((waits, isOnce)));
    }

    [TestCase(",x-wait=maybe", "'x-wait' expects 'on' or 'off'")]
    [TestCase(",x-resolve=never", "'x-resolve' does not accept value 'never'")]
    public void Anything_else_is_an_error(string text, string problem) =>
        Assert.That(Assert.Throws<UserErrorException>(() => NetdevParser.Parse(Start + text, []))?.Problem, Does.Contain(problem));
}
