using QemuL2tp.Cli.Config;
using QemuL2tp.Hosting;
using QemuL2tp.Options;
using QemuL2tp.Tests.TestSupport;

namespace QemuL2tp.Tests.Cli.Config;

/// <summary>What configuration files may look like.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class ConfigTests : IDisposable
{
    private const string A = "l2tpv3,id=a,src=127.0.0.1,dst=127.0.0.2,udp=on,srcport=1,dstport=2,txsession=1";

    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [TestCase(A)]
    [TestCase("netdev " + A)]
    [TestCase("-netdev " + A)]
    [TestCase("--netdev\t" + A)]
    [TestCase("  " + A + "  ")]
    [TestCase("# comment\n\n  # another\n" + A + " # behind it\n")]
    [TestCase("\ufeff" + A + "\r\n# x\r\n")]
    [TestCase("""{"type":"l2tpv3","id":"a","src":"127.0.0.1","dst":"127.0.0.2","udp":true,"srcport":"1","dstport":"2","txsession":1} # behind it""")]
    [TestCase("netdev {'type':'l2tpv3','id':'a','src':'127.0.0.1','dst':'127.0.0.2','udp':true,'srcport':'1','dstport':'2','txsession':1}")]
    public void A_pseudowire_in_each_form(string text)
    {
        PseudowirePlan plan = Read(text).Single();
        Assert.That(plan.Netdev.Value, Is.EqualTo(NetdevParser.Parse(A, [])));
        Assert.That(plan.Frontend.Origin, Is.EqualTo("fallback"));
    }

    [TestCase("stream,addr.type=unix,addr.path=/x")]
    [TestCase("type=stream,addr.type=unix,addr.path=/x")]
    [TestCase("frontend stream,addr.type=unix,addr.path=/x # x")]
    [TestCase("--frontend stream,id=a,addr.type=unix,addr.path=/x")]
    [TestCase("""{"addr": {"type": "unix", "path": "/x"}, "type": "stream"}""")]
    [TestCase("frontend {'type':'stream','id':'a','addr':{'type':'unix','path':'/x'}}")]
    public void A_front_end_in_each_form_before_and_behind_its_pseudowire(string text)
    {
        foreach (string file in new[] { $"{text}\n{A}", $"{A}\n{text}" })
            Assert.That(Read(file).Single().Frontend.Value.Address, Is.EqualTo(new UnixFrontendAddress("/x")));
    }

    [Test]
    public void In_JSON_a_hash_in_quotes_is_no_comment() =>
        Assert.That(
            Read(A + """
                
                {"type":"stream","addr":{"type":"unix","path":"/x #1\" #2"}} # '
                """).Single().Frontend.Value.Address,
            Is.EqualTo(new UnixFrontendAddress("/x #1\" #2")));

    [Test]
    public void Nothing_in_a_file_is_no_mistake([Values("", "\n", "# x", "\ufeff")] string text) => Assert.That(Read(text), Is.Empty);

    [Test]
    public void Files_are_included_in_the_order_of_their_names_relative_to_the_file()
    {
        Directory.CreateDirectory(_directory.File("conf.d"));
        foreach (string id in new[] { "b", "a", "c" })
            Write($"conf.d/{id}.conf", Named(id));
        Write("conf.d/x.conf.off", "nonsense");
        Write("conf.d/sub.conf", "include ../last");
        Write("last", Named("last"));
        Assert.That(Read(Named("first") + "\ninclude conf.d/*.conf # all\n").Select(plan => plan.Id), Is.EqualTo(new[] { "first", "a", "b", "c", "last" }));
        Assert.That(Read("include conf.d/?.none\ninclude none.d/*.conf"), Is.Empty, "a pattern may match nothing");
        Assert.That(Read($"include {_directory.File("conf.d/b.conf")}").Single().Id, Is.EqualTo("b"));

        static string Named(string id) => A.Replace("id=a", $"id={id}", StringComparison.Ordinal).Replace("srcport=1", $"srcport={(int)id[0]}", StringComparison.Ordinal);
    }

    [TestCase("127.0.0.1", "0.0.0.0")]
    [TestCase("0.0.0.0", "127.0.0.1")]
    public void Two_pseudowires_on_one_port_with_addresses_in_each_others_way_are_a_mistake(string source, string otherSource)
    {
        string path = _directory.File("main");
        Write("main", $"{A.Replace("src=127.0.0.1", $"src={source}", StringComparison.Ordinal)}\n{A.Replace("id=a,src=127.0.0.1", $"id=b,src={otherSource}", StringComparison.Ordinal)}");
        ConfigPlans.From([path], Fallback, _ => { }, out List<ConfigMistake> mistakes);
        Assert.That(mistakes.Single().ToString(), Does.StartWith($"{path}:2:1: error: could not bind socket err=98: srcport=1 on src={otherSource} is used by the pseudowire 'a'\n"));
    }

    [Test]
    public void Two_pseudowires_on_one_address_and_port_are_two_sessions_of_a_tunnel_and_need_two_numbers()
    {
        string path = _directory.File("main");
        string other = A.Replace("id=a", "id=b", StringComparison.Ordinal);
        Write("main", $"{A}\n{other},rxsession=2");
        Assert.That(ConfigPlans.From([path], Fallback, _ => { }, out List<ConfigMistake> mistakes), Has.Count.EqualTo(2));
        Assert.That(mistakes, Is.Empty);

        Write("main", $"{A}\n{other}");
        ConfigPlans.From([path], Fallback, _ => { }, out mistakes);
        Assert.That(mistakes.Single().ToString(), Does.StartWith($"{path}:2:1: error: rxsession=1 is that of the pseudowire 'a', which has the same src=127.0.0.1 and srcport=1\n  Give each pseudowire of a tunnel an rxsession of its own"));

        Write("main", $"{A}\n{other},rxsession=2,x-gro=off");
        ConfigPlans.From([path], Fallback, _ => { }, out mistakes);
        Assert.That(mistakes.Single().ToString(), Does.StartWith($"{path}:2:1: error: x-gro=off differs from x-gro=auto of the pseudowire 'a', which has the same src=127.0.0.1 and srcport=1\n"));
    }

    [TestCase("include none", "{0}:1:9: error: {1}/none cannot be read: No such file or directory\n  Name a file that can be read, or a pattern such as conf.d/*.conf; what is not absolute is relative to this file.")]
    [TestCase("include\tmain", "{0}:1:9: error: {1}/main includes itself\n  Name a file that can be read, or a pattern such as conf.d/*.conf; what is not absolute is relative to this file.")]
    [TestCase("\n include .", "{0}:2:10: error: {1}/. cannot be read: Is a directory\n  Name a file that can be read, or a pattern such as conf.d/*.conf; what is not absolute is relative to this file.")]
    [TestCase("include", "{0}:1:1: error: 'include' needs a value\n  Write include FILE.")]
    [TestCase("  netdev # x", "{0}:1:3: error: 'netdev' needs a value\n  Write the option's text behind it, in the same line.")]
    public void A_wrong_line_is_told_with_its_place(string text, string mistake) =>
        Assert.That(Mistakes(text), Is.EqualTo(new[] { string.Format(System.Globalization.CultureInfo.InvariantCulture, mistake, _directory.File("main"), _directory.Path) }));

    [Test]
    public void A_name_that_no_file_can_have_is_a_mistake() => Assert.That(Mistakes("include a\0b"), Has.Exactly(1).Items.Contains(":1:9: error: "));

    [Test]
    public void Files_that_include_one_another_are_told()
    {
        Write("other", "include main");
        Assert.That(Mistakes("include other"), Has.Exactly(1).Items.Contains("other:1:9: error: ").And.Exactly(1).Items.Contains("main includes itself"));
    }

    [Test]
    public void A_file_that_cannot_be_read_is_told([Values("", "none")] string name)
    {
        _ = ConfigPlans.From([name], Fallback, _ => { }, out List<ConfigMistake> mistakes);
        Assert.That(mistakes.Single().ToString(), Does.StartWith($"{name}: error: {name} cannot be read: "));
    }

    [Test]
    public void An_id_that_is_there_twice_is_told_also_over_several_files()
    {
        Write("other", "\n  " + A);
        Assert.That(
            Mistakes(A + "\ninclude other"),
            Is.EqualTo(new[] { $"{_directory.File("other")}:2:3: error: Duplicate ID 'a' for netdev\n  Give every netdev its own id; 'id=a' is used twice." }));
    }

    [TestCase("stream,id=x,addr.type=unix,addr.path=/x", "there is no -netdev 'x'")]
    [TestCase("stream,addr.type=unix,addr.path=/x\nstream,addr.type=unix,addr.path=/x", "the -netdev 'a' has a front end already")]
    public void A_front_end_that_fits_no_pseudowire_is_told(string frontends, string message) =>
        Assert.That(Mistakes($"{A}\n{frontends}"), Has.Exactly(1).Items.Contains(message));

    [TestCase("l2tpv3,id=a,foo=1", "stream,id=a,addr.type=unix,addr.path=/x")]
    [TestCase("{\"type\":\"l2tpv3\",\"id\": \"a\",\"foo\":1}", "stream,id=a,addr.type=unix,addr.path=/x")]
    [TestCase("l2tpv3,id=a,foo=1", "stream,addr.type=unix,addr.path=/x")]
    [TestCase("l2tpv3,id=a,foo=1,id=b", "stream,id=a,addr.type=unix,addr.path=/x")]
    [TestCase("l2tpv3,foo=1", "stream,id=a,addr.type=unix,addr.path=/x")]
    [TestCase("{\"type\":\"l2tpv3\",\"src\":\"'id':'b'\",\"id\":\"\\u0061\"}", "stream,id=a,addr.type=unix,addr.path=/x")]
    [TestCase("{\"type\":\"l2tpv3\",\"id\":\"a\"", "stream,id=a,addr.type=unix,addr.path=/x")]
    public void The_front_end_of_a_wrong_pseudowire_is_not_blamed(string netdev, string frontend) =>
        Assert.That(Mistakes($"{netdev}\n{frontend}"), Has.All.Contains($"{_directory.File("main")}:1:"));

    [Test]
    public void Mistakes_come_in_the_order_of_the_lines_and_the_last_one_does_not_hide_the_first()
    {
        string[] mistakes = Mistakes("stream,addr.type=foo\nuser,id=x\n" + A + ",bar\n{\"type\":\n" + A.Replace("id=a", "id=1", StringComparison.Ordinal));
        Assert.That(mistakes.Select(mistake => mistake.Split(": error")[0]), Is.EqualTo(new[] { ":1:8", ":2:1", ":3:80", ":4:1", ":5:8" }.Select(place => _directory.File("main") + place)));
    }

    [Test]
    public void A_JSON_line_that_is_not_whole_is_QEMUs_error() =>
        Assert.That(Mistakes("{\"type\": \"l2tpv3\""), Has.Exactly(1).Items.Contains("JSON parse error, premature EOI"));

    private static Written<FrontendOptions> Fallback(string id) => new("fallback", LoopbackLink.Unix("/fallback"));

    private void Write(string name, string text) => File.WriteAllText(_directory.File(name), text);

    private List<PseudowirePlan> Read(string text)
    {
        List<PseudowirePlan> plans = Plans(text, out List<ConfigMistake> mistakes);
        Assert.That(mistakes, Is.Empty);
        return plans;
    }

    private string[] Mistakes(string text)
    {
        Plans(text, out List<ConfigMistake> mistakes);
        return [.. mistakes.Select(mistake => mistake.ToString())];
    }

    private List<PseudowirePlan> Plans(string text, out List<ConfigMistake> mistakes)
    {
        Write("main", text);
        return ConfigPlans.From([_directory.File("main")], Fallback, _ => { }, out mistakes);
    }
}
