using QemuL2tp.Options;

namespace QemuL2tp.Tests.Options;

/// <summary>Our own options about sequence numbers: order of what is received, and numbers of what is sent.</summary>
public sealed class OwnNumberOptionTests
{
    private const string M = NetdevTextTests.Minimal;
    private const string C = M + ",counter=on";
    private const string Json = """{"type":"l2tpv3","id":"n","src":"a","dst":"b","txsession":1,"counter":true""";

    [TestCase(C + ",x-reorder-window=64,x-reorder-hold=5,x-reorder-late=drop,x-restart-run=16,x-seq=rfc3931,x-seq-file=/a,,b")]
    [TestCase(Json + ""","x-reorder-window":64,"x-reorder-hold":5,"x-reorder-late":"drop","x-restart-run":16,"x-seq":"rfc3931","x-seq-file":"/a,b"}""")]
    public void Every_option_has_its_place(string text)
    {
        Assert.That(NetdevTextTests.Parse(text), Is.EqualTo(NetdevTextTests.Parse(C) with
        {
            ReorderWindow = 64,
            ReorderHoldMilliseconds = 5,
            DropLate = true,
            RestartRun = 16,
            Rfc3931Sequencing = true,
            SequenceFile = "/a,b",
        }));
    }

    [TestCase(C + ",x-reorder-window=0,x-restart-run=3,x-seq=plain")]
    [TestCase(C + ",x-reorder-window=0,x-reorder-hold=20,x-reorder-late=deliver")]
    public void The_defaults_may_be_written_out(string text)
    {
        Assert.That(NetdevTextTests.Parse(text), Is.EqualTo(NetdevTextTests.Parse(C)));
    }

    [TestCase("x-reorder-window=1024")]
    [TestCase("x-reorder-hold=0")]
    [TestCase("x-reorder-hold=1000")]
    [TestCase("x-restart-run=2")]
    [TestCase("x-restart-run=16")]
    public void The_ends_of_a_range_are_allowed(string option)
    {
        Assert.That(() => NetdevTextTests.Parse($"{C},{option}"), Throws.Nothing);
    }

    [TestCase("x-reorder-window=1025", "Parameter 'x-reorder-window' expects a number from 0 to 1024")]
    [TestCase("x-reorder-hold=1001", "Parameter 'x-reorder-hold' expects a number from 0 to 1000")]
    [TestCase("x-restart-run=1", "Parameter 'x-restart-run' expects a number from 2 to 16")]
    [TestCase("x-restart-run=17", "Parameter 'x-restart-run' expects a number from 2 to 16")]
    [TestCase("x-reorder-window=4294967296", "Parameter 'x-reorder-window' expects uint32_t")]
    [TestCase("x-reorder-window=", "Parameter 'x-reorder-window' expects a uint64 value")]
    [TestCase("x-reorder-late=on", "Parameter 'x-reorder-late' does not accept value 'on'")]
    [TestCase("x-seq=RFC3931", "Parameter 'x-seq' does not accept value 'RFC3931'")]
    [TestCase("x-seq=", "Parameter 'x-seq' does not accept value ''")]
    public void A_value_out_of_range_is_named_with_what_is_in_it(string option, string message)
    {
        UserErrorException error = Assert.Throws<UserErrorException>(() => NetdevTextTests.Parse($"{C},{option}"))!;
        Assert.That(error.Problem, Is.EqualTo(message));
        Assert.That(error.Remedy, Does.Contain($"'{option}'").And.Contain("rite "));
    }

    [TestCase(M + ",x-seq=rfc3931", "'x-seq=rfc3931' needs 'counter=on'", "Add counter=on")]
    [TestCase(M + ",counter=off,x-seq=rfc3931", "'x-seq=rfc3931' needs 'counter=on'", "Add counter=on")]
    [TestCase(C + ",pincounter=on,x-seq=rfc3931", "'x-seq=rfc3931' and 'pincounter=on' are mutually exclusive", "'seq recv'")]
    [TestCase(C + ",x-seq-file=/a", "'x-seq-file' needs 'x-seq=rfc3931'", "'x-seq-file=/a'")]
    [TestCase(C + ",x-seq=plain,x-seq-file=/a", "'x-seq-file' needs 'x-seq=rfc3931'", "remove x-seq-file")]
    [TestCase(C + ",x-seq=rfc3931,x-seq-file=", "Parameter 'x-seq-file' expects a file name", "'x-seq-file='")]
    [TestCase(Json + ""","x-seq":1}""", "Invalid parameter type for 'x-seq', expected: string", "'x-seq' is 1")]
    public void Options_that_exclude_each_other_are_named(string text, string message, string remedy)
    {
        UserErrorException error = Assert.Throws<UserErrorException>(() => NetdevTextTests.Parse(text))!;
        Assert.That(error.Problem, Is.EqualTo(message));
        Assert.That(error.Remedy, Does.Contain(remedy));
    }

    [TestCase(M + ",x-reorder-window=64", "x-reorder-window=64 has no effect without counter", "add counter=on")]
    [TestCase(M + ",x-reorder-hold=5", "x-reorder-hold=5 has no effect without counter", "add counter=on")]
    [TestCase(M + ",x-restart-run=5", "x-restart-run=5 has no effect without counter", "add counter=on")]
    [TestCase(C + ",x-reorder-hold=5", "x-reorder-hold=5 has no effect without x-reorder-window", "add x-reorder-window=64")]
    [TestCase(C + ",x-reorder-late=drop,x-reorder-window=0", "x-reorder-late=drop has no effect without x-reorder-window", "add x-reorder-window=64")]
    public void What_does_nothing_is_warned_about(string text, string beginning, string remedy)
    {
        var warnings = new List<string>();
        NetdevParser.Parse(text, warnings);
        Assert.That(warnings, Has.Count.EqualTo(1));
        Assert.That(warnings[0], Does.StartWith(beginning).And.Contain(remedy));
    }

    [TestCase(M + ",x-reorder-window=0,x-seq=plain")]
    [TestCase(C + ",x-reorder-window=64,x-reorder-hold=5,x-reorder-late=deliver,x-restart-run=5")]
    [TestCase(C + ",x-restart-run=5,x-seq=rfc3931")]
    public void What_does_something_has_no_warning(string text)
    {
        var warnings = new List<string>();
        NetdevParser.Parse(text, warnings);
        Assert.That(warnings, Is.Empty);
    }
}
