using QemuL2tp.Options;

namespace QemuL2tp.Tests.Options;

/// <summary>The JSON form of <c>-netdev</c>: stricter types, QEMU's dialect, QEMU's messages.</summary>
public sealed class NetdevJsonTests
{
    private const string Start = """{"type":"l2tpv3","id":"n","src":"a","dst":"b","txsession":1""";

    [TestCase(Start + "}")]
    [TestCase("{'type':'l2tpv3','id':'n','src':'a','dst':'b','txsession':1}")]
    [TestCase("{ \"type\" :\t'l2tpv3',\r\n\"id\":'n',\"s\\u0072c\":\"\\u0061\",'dst':\"b\",\"txsession\":1 } \n")]
    [TestCase(Start + ",\"counter\":false,\"rxsession\":1,\"offset\":-0}")]
    public void A_JSON_object_means_the_same_as_text(string json)
    {
        Assert.That(NetdevTextTests.Parse(json), Is.EqualTo(NetdevTextTests.Parse(NetdevTextTests.Minimal)));
    }

    [TestCase("\"it's\"", "it's")]
    [TestCase("'it\\'s'", "it's")]
    [TestCase("'a\"b'", "a\"b")]
    [TestCase("\"a\\\"\\\\\\/\\b\\f\\n\\r\\tz\"", "a\"\\/\b\f\n\r\tz")]
    [TestCase("\"\\ud83d\\ude00\\u00e9é😀\"", "😀éé😀")]
    [TestCase("\"1/\"", "1/", TestName = "An_id_is_not_checked_in_JSON")]
    [TestCase("\"\"", "")]
    public void Strings_are_unquoted(string json, string id)
    {
        Assert.That(NetdevTextTests.Parse(Start.Replace("\"n\"", json, StringComparison.Ordinal) + "}").Id, Is.EqualTo(id));
    }

    [Test]
    public void Our_own_option_is_a_boolean_in_JSON_too()
    {
        Assert.That(NetdevTextTests.Parse(Start + ",\"x-strict-source\":false}").StrictSource, Is.False);
    }

    [Test]
    public void A_negative_cookie_is_taken_modulo_2_to_the_64_with_a_warning()
    {
        var warnings = new List<string>();
        L2tpv3Options options = NetdevParser.Parse(Start + ",\"cookie64\":true,\"rxcookie\":-1,\"txcookie\":18446744073709551615}", warnings);
        Assert.That((options.TransmitCookie, options.ReceiveCookie), Is.EqualTo((ulong.MaxValue, ulong.MaxValue)));
        Assert.That(warnings, Is.EqualTo(new[] { "rxcookie=-1 is taken as 18446744073709551615: write a number from 0 to 18446744073709551615" }));
    }

    [TestCase("{}", "Parameter 'id' is missing")]
    [TestCase("{ }", "Parameter 'id' is missing")]
    [TestCase("{\"id\":\"n\"}", "Parameter 'type' is missing")]
    [TestCase("{\"id\":1,\"type\":\"l2tpv3\"}", "Invalid parameter type for 'id', expected: string")]
    [TestCase("{\"id\":\"n\",\"type\":1}", "Invalid parameter type for 'type', expected: string")]
    [TestCase("{\"id\":\"n\",\"type\":\"foo\"}", "Parameter 'type' does not accept value 'foo'")]
    [TestCase("{\"id\":\"n\",\"type\":\"user\"}", "network backend 'user' is not compiled into this binary")]
    [TestCase(Start + ",\"srcport\":1}", "Invalid parameter type for 'srcport', expected: string")]
    [TestCase(Start + ",\"srcport\":null}", "Invalid parameter type for 'srcport', expected: string")]
    [TestCase(Start + ",\"srcport\":{\"a\":1}}", "Invalid parameter type for 'srcport', expected: string")]
    [TestCase(Start + ",\"counter\":\"on\"}", "Invalid parameter type for 'counter', expected: boolean")]
    [TestCase(Start + ",\"counter\":1.5e+3}", "Invalid parameter type for 'counter', expected: boolean")]
    [TestCase(Start + ",\"counter\":[]}", "Invalid parameter type for 'counter', expected: boolean")]
    [TestCase(Start + ",\"counter\":[1,[true],{}]}", "Invalid parameter type for 'counter', expected: boolean")]
    [TestCase(Start + ",\"rxsession\":\"1\"}", "Parameter 'rxsession' expects uint64")]
    [TestCase(Start + ",\"rxsession\":1.0}", "Parameter 'rxsession' expects uint64")]
    [TestCase(Start + ",\"rxsession\":true}", "Parameter 'rxsession' expects uint64")]
    [TestCase(Start + ",\"rxsession\":18446744073709551616}", "Parameter 'rxsession' expects uint64")]
    [TestCase(Start + ",\"rxsession\":-9223372036854775809}", "Parameter 'rxsession' expects uint64")]
    [TestCase(Start + ",\"rxsession\":-1}", "Parameter 'rxsession' expects uint32_t")]
    [TestCase(Start + ",\"rxsession\":4294967296}", "Parameter 'rxsession' expects uint32_t")]
    [TestCase(Start + ",\"offset\":257}", "offset must be less than 256 bytes")]
    [TestCase(Start + ",\"foo\":1}", "Parameter 'foo' is unexpected")]
    [TestCase(Start + ",\"\":1}", "Parameter '' is unexpected")]
    [TestCase(Start + ",\"udp\":true,\"udp\":true}", "JSON parse error, duplicate key")]
    [TestCase("{\"a\":{\"b\":1,\"b\":2}}", "JSON parse error, duplicate key")]
    [TestCase("{", "JSON parse error, premature EOI")]
    [TestCase("{\"id\":\"n\"", "JSON parse error, premature EOI")]
    [TestCase("{\"id\":\"n\",}", "JSON parse error, expecting value")]
    [TestCase("{\"id\":}", "JSON parse error, expecting value")]
    [TestCase("{,}", "JSON parse error, expecting value")]
    [TestCase("{\"a\":]}", "JSON parse error, expecting value")]
    [TestCase("{\"a\":[1,]}", "JSON parse error, expecting value")]
    [TestCase("{\"id\":\"n\" \"type\":1}", "JSON parse error, expected separator in dict")]
    [TestCase("{\"id\":0x10}", "JSON parse error, expected separator in dict")]
    [TestCase("{\"id\":0e1}", "JSON parse error, expected separator in dict")]
    [TestCase("{\"id\":0.0e1}", "Invalid parameter type for 'id', expected: string")]
    [TestCase("{\"id\":[1,2}", "JSON parse error, expected separator in list")]
    [TestCase("{\"id\" \"n\"}", "JSON parse error, missing : in object pair")]
    [TestCase("{1:2}", "JSON parse error, key is not a string in object")]
    [TestCase("{id:1}", "JSON parse error, invalid keyword 'id'")]
    [TestCase("{\"id\":TRUE}", "JSON parse error, stray 'T'")]
    [TestCase("{id:1,@}", "JSON parse error, stray '@'", TestName = "A_stray_character_is_found_before_an_earlier_mistake_in_grammar")]
    [TestCase("{\"id\":01}", "JSON parse error, stray '01'")]
    [TestCase("{\"id\":-01}", "JSON parse error, stray '-01'")]
    [TestCase("{\"id\":-}", "JSON parse error, stray '-}'")]
    [TestCase("{\"id\":-", "JSON parse error, stray '-'")]
    [TestCase("{\"id\":1.}", "JSON parse error, stray '1.}'")]
    [TestCase("{\"id\":1e}", "JSON parse error, stray '1e}'")]
    [TestCase("{\"id\":1e+}", "JSON parse error, stray '1e+}'")]
    [TestCase("{\"id\":.5}", "JSON parse error, stray '.'")]
    [TestCase("{\"id\":\"n", "JSON parse error, stray '\"n'")]
    [TestCase("{\"id\":\"a\tb\"}", "JSON parse error, stray '\"a\t'")]
    [TestCase("{\"id\":\"\\\t\"}", "JSON parse error, stray '\"\\\t'")]
    [TestCase("{\"id\":\"\\\"}", "JSON parse error, stray '\"\\\"}'")]
    [TestCase("{\"id\":\"\\q\"}", "JSON parse error, invalid escape sequence in string")]
    [TestCase("{\"id\":\"\\u12\"}", "JSON parse error, \\u12\" is not a valid Unicode character")]
    [TestCase("{\"id\":\"\\ud800\"}", "JSON parse error, \\ud800 is not a valid Unicode character")]
    [TestCase("{\"id\":\"\\ud800\\u0041\"}", "JSON parse error, \\ud800 is not a valid Unicode character")]
    [TestCase("{\"id\":\"\\ud800\\u00\"}", "JSON parse error, \\ud800 is not a valid Unicode character")]
    [TestCase("{\"id\":\"\\ufffe\"}", "JSON parse error, \\ufffe is not a valid Unicode character")]
    [TestCase("{\"id\":\"\\u0000\"}", "JSON parse error, \\u0000 is not a valid Unicode character")]
    [TestCase("{\"id\":\"\ufdd0\"}", "JSON parse error, invalid UTF-8 sequence in string")]
    [TestCase("{\"id\":\"n\"} x", "Expecting at most one JSON value")]
    [TestCase("{\"id\":\"n\"}}", "Expecting at most one JSON value")]
    [TestCase("{\"id\":tru}}", "JSON parse error, invalid keyword 'tru'")]
    public void The_message_is_QEMUs_and_there_is_a_remedy(string json, string message)
    {
        UserErrorException error = Assert.Throws<UserErrorException>(() => NetdevTextTests.Parse(json))!;
        Assert.That(error.Problem, Is.EqualTo(message));
        Assert.That(error.Remedy, Is.Not.Null.And.Not.Empty);
    }

    [TestCase(1023, "Parameter 'id' is missing")]
    [TestCase(1024, "JSON nesting depth limit exceeded")]
    [TestCase(100_000, "JSON nesting depth limit exceeded")]
    public void C_1_nesting_is_limited_as_in_QEMU(int depth, string message)
    {
        string json = $"{{\"a\":{new string('[', depth)}{new string(']', depth)}}}";
        Assert.That(Assert.Throws<UserErrorException>(() => NetdevTextTests.Parse(json))!.Problem, Is.EqualTo(message));
    }
}
