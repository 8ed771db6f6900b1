using QemuL2tp.Cli.Config;
using QemuL2tp.Options;

namespace QemuL2tp.Tests.Cli.Config;

/// <summary>Every mistake of a line, each at its own item, and no other.</summary>
public sealed class OptionMistakesTests
{
    private static readonly string[] s_netdev =
    [
        "l2tpv3", "id=a", "src=10.0.0.1", "dst=10.0.0.2", "udp=on", "srcport=1", "dstport=2", "rxsession=3", "txsession=4",
        "rxcookie=5", "txcookie=6", "counter=on", "pincounter=off", "offset=8", "x-reorder-window=16", "x-reorder-late=drop",
    ];

    private static readonly string[] s_stream = ["stream", "id=a", "addr.type=unix", "addr.path=/x", "server=on", "x-poll-us=7"];

    private static readonly string[] s_vhostUser = ["vhost-user", "id=a", "path=/x", "server=on", "x-poll-us=7"];

    /// <summary>Items of which one is wrong, in place of or behind the one that is right.</summary>
    private static readonly string[] s_wrongNetdev = ["id=1", "udp=onn", "rxsession=x", "txsession=99999999999", "rxcookie=-", "counter=1", "offset=300", "x-reorder-window=5000", "x-reorder-late=never", "foo=1", "x-nothing=3"];

    private static readonly string[] s_wrongFrontend = ["server=yess", "x-poll-us=9999", "foo=1"];

    [TestCaseSource(nameof(s_wrongNetdev))]
    public void One_wrong_item_of_a_pseudowire_is_one_mistake(string wrong) => Expect(s_netdev, [wrong], text => NetdevParser.Parse(text, []));

    [Test]
    public void Two_wrong_items_of_a_pseudowire_are_two_mistakes()
    {
        foreach (string first in s_wrongNetdev)
        {
            foreach (string second in s_wrongNetdev.Where(other => other != first))
                Expect(s_netdev, [first, second], text => NetdevParser.Parse(text, []));
        }
    }

    [TestCaseSource(nameof(s_wrongFrontend))]
    public void Wrong_items_of_a_front_end_are_as_many_mistakes(string wrong)
    {
        foreach (string[] right in new[] { s_stream, s_vhostUser })
        {
            Expect(right, [wrong], text => FrontendParser.Parse(text, []));
            foreach (string second in s_wrongFrontend.Where(other => other != wrong))
                Expect(right, [wrong, second], text => FrontendParser.Parse(text, []));
        }
    }

    [TestCase("txsession")]
    [TestCase("src")]
    [TestCase("id")]
    public void An_item_that_is_missing_is_a_mistake_of_the_whole_line(string name)
    {
        string text = string.Join(',', s_netdev.Where(item => !item.StartsWith(name + "=", StringComparison.Ordinal)));
        Assert.That(OptionMistakes.Find(text, t => NetdevParser.Parse(t, [])).Single().Offset, Is.Zero);
    }

    [TestCase("stream,addr.type=unix,addr.path=/x,nobar", "nobar")]
    [TestCase("stream,addr.type=unix,addr.path=/x,server=on,server.x=1", "server.x")]
    [TestCase("stream,id=addr.path,addr.type=unix,addr.path=", "addr.path=")]
    [TestCase("stream,addr.type=unix,addr.path=/a,,server=1,server=1", "server=1", true)]
    [TestCase("{'type':'stream','id':'path','addr':{'type':'unix','path':5}}", "'path':5")]
    [TestCase("{'type':'stream','addr':{'type':'unix','path':'/x'},'path':5}", "'path':5")]
    [TestCase("{'type':'stream','addr':{'type':'unix','path':'/x'},'x-poll-us' : 'x'}", "'x-poll-us'")]
    [TestCase("{'type':'stream','id':'x','addr':'addr'}", "'addr':")]
    [TestCase("{'type':'stream','id':'x'}", "{")]
    public void A_mistake_is_where_its_option_is(string text, string place, bool isLast = false) => Assert.That(
        OptionMistakes.Find(text, t => FrontendParser.Parse(t, [])).Select(mistake => mistake.Offset),
        Is.EqualTo(new[] { isLast ? text.LastIndexOf(place, StringComparison.Ordinal) : text.IndexOf(place, StringComparison.Ordinal) }));

    [TestCase("l2tpv3")]
    [TestCase("l2tpv3,")]
    [TestCase(",,,,")]
    [TestCase("=")]
    [TestCase("user,id=a")]
    [TestCase("l2tpv3,id,id,id,no,no")]
    [TestCase("{}")]
    [TestCase("{\"type\":5}")]
    [TestCase("'x'='y'")]
    public void Nonsense_has_an_end(string text)
    {
        Assert.That(OptionMistakes.Find(text, t => NetdevParser.Parse(t, [])), Is.Not.Empty);
        Assert.That(OptionMistakes.Find(text, t => FrontendParser.Parse(t, [])), Is.Not.Empty);
    }

    private static void Expect(string[] right, string[] wrong, Action<string> parse)
    {
        string[] names = [.. wrong.Select(item => item.Split('=')[0])];
        string text = string.Join(',', right.Where(item => !names.Contains(item.Split('=')[0])).Concat(wrong));
        List<(int Offset, UserErrorException Error)> found = OptionMistakes.Find(text, parse);
        Assert.That(
            found.Select(mistake => mistake.Offset).Order(),
            Is.EqualTo(wrong.Select(item => text.IndexOf("," + item, StringComparison.Ordinal) + 1)),
            $"{text}: {string.Join("; ", found.Select(mistake => mistake.Error.Problem))}");
    }
}
