using System.Text;
using QemuL2tp.Cli.Qmp;
using QemuL2tp.Options;

namespace QemuL2tp.Tests.Cli.Qmp;

/// <summary>Where one JSON value ends and the next begins.</summary>
public sealed class QmpFramerTests
{
    [TestCase("{}", "{}")]
    [TestCase(" \r\n\t{}\n", "{}")]
    [TestCase("{}{}", "{}|{}")]
    [TestCase("""{"a":{"b":[1,{"c":[]}]}} {"d":1}""", """{"a":{"b":[1,{"c":[]}]}}|{"d":1}""")]
    [TestCase("{\"a\":\n1\n}", "{\"a\":\n1\n}")]
    [TestCase("""{"a":"}{][\"\\"}""", """{"a":"}{][\"\\"}""")]
    [TestCase("""{'a':'}"\''}""", """{'a':'}"\''}""")]
    [TestCase("[1,[2]]{}", "[1,[2]]|{}")]
    [TestCase("garbage\n{}", "garbage\n|{}")]
    [TestCase("}{}", "}|{}")]
    [TestCase("{]{}", "{]|{}")]
    [TestCase("[[}{}", "[[}|{}")]
    [TestCase("{'open\n{}", "{'open\n|{}")]
    [TestCase("{'ends':1", "")]
    public void Values_are_cut_as_QEMU_cuts_them(string sent, string values) => Assert.That(string.Join('|', Cut(Encoding.UTF8.GetBytes(sent))), Is.EqualTo(values));

    [Test]
    public void Utf8_is_kept() => Assert.That(Cut("{'ä':'€😀'}"u8.ToArray()), Is.EqualTo(new[] { "{'ä':'€😀'}" }));

    [Test]
    public void What_is_not_UTF8_is_QEMUs_error_and_the_next_value_is_taken()
    {
        var framer = new QmpFramer();
        byte[] sent = [(byte)'{', (byte)'\'', 0xff, (byte)'\'', (byte)'}'];
        foreach (byte b in sent[..^1])
            Assert.That(framer.Take(b, out _), Is.False);
        Assert.That(() => framer.Take(sent[^1], out _), Throws.TypeOf<UserErrorException>().With.Property(nameof(UserErrorException.Problem)).EqualTo("JSON parse error, invalid UTF-8 sequence in string"));
        Assert.That(framer.Take((byte)'{', out _), Is.False);
        Assert.That(framer.Take((byte)'}', out string next), Is.True);
        Assert.That(next, Is.EqualTo("{}"));
    }

    [Test]
    public void A_value_of_the_limit_is_taken_and_a_longer_one_is_the_end()
    {
        byte[] most = Encoding.ASCII.GetBytes("{'a':'" + new string('x', QmpFramer.Limit - 8) + "'}");
        Assert.That(most, Has.Length.EqualTo(QmpFramer.Limit));
        Assert.That(Cut(most), Has.Count.EqualTo(1));
        Assert.That(() => Cut([.. most[..^1], (byte)' ', (byte)'}']), Throws.TypeOf<QmpError>());
    }

    private static List<string> Cut(byte[] sent)
    {
        var framer = new QmpFramer();
        List<string> values = [];
        foreach (byte b in sent)
        {
            if (framer.Take(b, out string text))
                values.Add(text);
        }

        return values;
    }
}
