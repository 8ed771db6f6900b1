using System.Text;
using QemuL2tp.Tests.TestSupport;

namespace QemuL2tp.Tests.Cli.Qmp;

/// <summary>Negotiation, requests and their errors. Answers were compared with those of QEMU 7.2.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class QmpTalkTests : IDisposable
{
    private readonly QmpUnderTest _qmp = new();

    public void Dispose() => _qmp.Dispose();

    [Test]
    public void The_greeting_has_QEMUs_form()
    {
        using var client = new QmpClient(_qmp.Path, negotiate: false);
        Assert.That(client.Greeting["QMP"]!["capabilities"]!.AsArray(), Is.Empty);
        Assert.That(client.Greeting["QMP"]!["version"]!["qemu"]!["major"]!.GetValue<int>(), Is.Not.Negative);
        Assert.That(client.Greeting["QMP"]!["version"]!["package"]!.GetValue<string>(), Does.StartWith("qemu-l2tp-"));
    }

    [TestCase("{'execute':'query-status','id':3}", "CommandNotFound", "Expecting capabilities negotiation with 'qmp_capabilities'")]
    [TestCase("{'execute':'nosuch'}", "CommandNotFound", "Expecting capabilities negotiation with 'qmp_capabilities'")]
    [TestCase("{'foo':1}", "GenericError", "QMP input member 'foo' is unexpected")]
    [TestCase("{'execute':'qmp_capabilities','arguments':{'x':5}}", "GenericError", "Parameter 'x' is unexpected")]
    [TestCase("{'execute':'qmp_capabilities','arguments':{'enable':5}}", "GenericError", "Invalid parameter type for 'enable', expected: array")]
    [TestCase("{'execute':'qmp_capabilities','arguments':{'enable':['oob']}}", "GenericError", "Capability not available: none is offered")]
    public void Before_the_negotiation_nothing_else_is_done(string sent, string errorClass, string message)
    {
        using var client = new QmpClient(_qmp.Path, negotiate: false);
        ExpectError(client.Send(sent), errorClass, message);
        Assert.That(client.Send("{'execute':'qmp_capabilities','arguments':{'enable':[]}}").ToJsonString(), Is.EqualTo("""{"return":{}}"""));
    }

    [TestCase("{'execute':'qmp_capabilities'}", "CommandNotFound", "Capabilities negotiation is already complete, command ignored")]
    [TestCase("{'execute':'qmp_capabilities','arguments':{'x':5}}", "GenericError", "Parameter 'x' is unexpected")]
    [TestCase("{'execute':'query-status','arguments':{'x':1}}", "GenericError", "Parameter 'x' is unexpected")]
    [TestCase("{'execute':'query-status','arguments':[]}", "GenericError", "QMP input member 'arguments' must be an object")]
    [TestCase("{'execute':5}", "GenericError", "QMP input member 'execute' must be a string")]
    [TestCase("{}", "GenericError", "QMP input lacks member 'execute'")]
    [TestCase("{'execute':'query-status','foo':5}", "GenericError", "QMP input member 'foo' is unexpected")]
    [TestCase("{'exec-oob':'query-status'}", "GenericError", "QMP input member 'exec-oob' is unexpected")]
    [TestCase("{'execute':'nosuch'}", "CommandNotFound", "The command nosuch has not been found")]
    [TestCase("[1]", "GenericError", "QMP input must be a JSON object")]
    [TestCase("5\n", "GenericError", "QMP input must be a JSON object")]
    [TestCase("'str'\n", "GenericError", "QMP input must be a JSON object")]
    [TestCase("garbage\n", "GenericError", "JSON parse error, invalid keyword 'garbage'")]
    [TestCase("@\n", "GenericError", "JSON parse error, stray '@'")]
    [TestCase("}", "GenericError", "JSON parse error, expecting value")]
    [TestCase("{]", "GenericError", "JSON parse error, expecting value")]
    [TestCase("{'execute': }", "GenericError", "JSON parse error, expecting value")]
    [TestCase("{'execute':'x','execute':'x'}", "GenericError", "JSON parse error, duplicate key")]
    [TestCase("{'execute':'a\n", "GenericError", "JSON parse error, stray ''a\n'")]
    public void What_is_no_command_is_QEMUs_error_and_the_next_is_done(string sent, string errorClass, string message)
    {
        using var client = new QmpClient(_qmp.Path);
        ExpectError(client.Send(sent), errorClass, message);
        Assert.That(client.Execute("query-status").ToJsonString(), Is.EqualTo("""{"return":{"status":"running","singlestep":false,"running":true}}"""));
    }

    [TestCase("1")]
    [TestCase("null")]
    [TestCase("-3")]
    [TestCase("1.5")]
    [TestCase("18446744073709551615")]
    [TestCase("\"a\\\"<'\\\\é\"")]
    [TestCase("[1,[true,{}],[]]")]
    [TestCase("{\"a\":{\"b\":null}}")]
    public void Any_id_comes_back(string id)
    {
        using var client = new QmpClient(_qmp.Path);
        client.SendRaw($"{{'execute':'query-version','id':{id}}}");
        Assert.That(client.ReadLine(), Does.EndWith($",\"id\":{id}}}"));
        client.SendRaw($"{{'id':{id},'execute':'nosuch'}}");
        Assert.That(client.ReadLine(), Does.EndWith($",\"id\":{id}}}"));
    }

    [Test]
    public void An_id_that_is_nested_deep_comes_back_and_one_that_is_too_deep_is_an_error()
    {
        using var client = new QmpClient(_qmp.Path);
        string deep = new string('[', 1000) + new string(']', 1000);
        client.SendRaw($"{{'execute':'query-version','id':{deep}}}");
        Assert.That(client.ReadLine(), Does.EndWith($",\"id\":{deep}}}"));
        client.SendRaw($"{{'execute':'query-version','id':{new string('[', 1100)}{new string(']', 1100)}}}");
        ExpectError(client.ReadAnswer(), "GenericError", "JSON nesting depth limit exceeded");
        ExpectError(client.Send("{'execute':'nosuch'}"), "CommandNotFound", "The command nosuch has not been found");
    }

    [Test]
    public void A_number_that_is_too_large_for_JSON_does_not_end_the_session()
    {
        using var client = new QmpClient(_qmp.Path);
        Assert.That(client.Send("{'execute':'query-version','id':1e999}")["return"], Is.Not.Null);
    }

    [Test]
    public void Bytes_may_come_one_by_one_and_commands_many_at_once()
    {
        using var client = new QmpClient(_qmp.Path);
        foreach (byte b in "{'execute':'query-status','id':'one by one'}"u8.ToArray())
            client.SendRaw([b]);
        Assert.That(client.ReadAnswer()["id"]!.GetValue<string>(), Is.EqualTo("one by one"));

        // More than may wait for a client that does not read.
        const int Commands = 5000;
        Task sending = Task.Run(() => client.SendRaw(string.Concat(Enumerable.Range(0, Commands).Select(i => $"{{'execute':'query-version','id':{i}}}"))));
        for (int i = 0; i < Commands; i++)
            Assert.That(client.ReadAnswer()["id"]!.GetValue<int>(), Is.EqualTo(i));
        Assert.That(sending.Wait(Loopback.PatienceMilliseconds), Is.True);
    }

    [Test]
    public void A_value_that_is_too_long_is_an_error_and_the_end()
    {
        using var client = new QmpClient(_qmp.Path);
        client.SendRaw("{'execute':'" + new string('x', 70_000));
        ExpectError(client.ReadAnswer(), "GenericError", "JSON token size limit exceeded");
        Assert.That(client.ReadLine(), Is.Null);
    }

    [Test]
    public void Random_bytes_never_end_the_server()
    {
        Random random = new(6);
        byte[] alphabet = Encoding.ASCII.GetBytes("{}[]'\"\\:,0a\n \u0001").Append((byte)0xff).ToArray();
        for (int i = 0; i < 200; i++)
        {
            using var client = new QmpClient(_qmp.Path, negotiate: i % 2 == 0);
            client.SendRaw([.. Enumerable.Range(0, 200).Select(_ => alphabet[random.Next(alphabet.Length)])]);
        }

        using var last = new QmpClient(_qmp.Path);
        Assert.That(last.Execute("query-status")["return"], Is.Not.Null);
    }

    internal static void ExpectError(System.Text.Json.Nodes.JsonNode answer, string errorClass, string message)
    {
        Assert.That(answer["error"], Is.Not.Null, answer.ToJsonString());
        Assert.That(answer["error"]!["class"]!.GetValue<string>(), Is.EqualTo(errorClass));
        Assert.That(answer["error"]!["desc"]!.GetValue<string>(), Is.EqualTo(message));
    }
}
