using System.Text.Json.Nodes;
using QemuL2tp.Options;

namespace QemuL2tp.Tests.Options;

/// <summary>Every key of every table with wrong values, as text and as JSON: the error knows which option and which value it is about, and says so.</summary>
public sealed class ErrorFieldsTests
{
    private static readonly Table[] s_tables =
    [
        new("l2tpv3", text => NetdevParser.Parse(text, []), L2tpv3OptionTable.Rows.Select(row => row.Name), "id=n src=a dst=b txsession=1",
        [
            String("id") with { Texts = ["9", "a b"] }, String("type", "l2tvp3", "user"), String("src", "192.0.2.1:5", "192.0.2.1/24"), String("dst", "192.0.2.1:5", "192.0.2.1/24"),
            String("srcport"), String("dstport"),
            Flag("ipv6"), Flag("udp"), Flag("cookie64"), Flag("counter"), Flag("pincounter"),
            Number("txcookie", "5"), Number("rxcookie", "5"), Number("txsession", "4294967296"), Number("rxsession", "4294967296"), Number("offset", "257", "4294967296"),
            Flag("x-strict-source"), Number("x-reorder-window", "1025"), Number("x-reorder-hold", "1001"), String("x-reorder-late", "never"),
            Number("x-restart-run", "1", "17"), String("x-seq", "x", "rfc3931"), String("x-seq-file", "/x"), String("x-seq-file", "x-seq=rfc3931 counter=on", [""]),
            Number("x-txcookie-size", "3", "4"), Number("x-rxcookie-size", "3", "8"), Number("x-rxcookie2", "5"), String("x-gso", "maybe", "on"), String("x-gro", "maybe", "on"), Flag("x-wait"), String("x-resolve", "never"),
        ]),
        new("stream", text => FrontendParser.Parse(text, []), FrontendParser.Keys["stream"].Keys, "addr.type=unix addr.path=/x",
        [
            String("type", "l2tpv3", "strean"), String("id"), Object("addr"), String("addr.type", "foo", "vsock"), String("addr.path", "", new string('p', 109)), Flag("addr.abstract"), Flag("addr.tight"),
            String("addr.host", "addr.type=inet addr.port=1 addr.numeric=on", ["name"]), String("addr.port", "addr.type=inet addr.host=h", ["", "-1", "65536"]), Flag("addr.numeric", Inet), Flag("addr.ipv4", Inet), Flag("addr.ipv6", Inet),
            String("addr.str", "addr.type=fd", ["-3", ""]), Flag("server"), Number("reconnect", "server=off", ["0"]), Number("reconnect", "server=on", ["5"]), Number("reconnect-ms", "server=off", ["0", "2147483648"]), Number("x-poll-us", "1001", "-1"),
            Flag("addr.keep-alive", Inet), Number("addr.keep-alive-idle", Inet, ["32768", "4294967296"]), Number("addr.keep-alive-interval", Inet, ["32768"]), Number("addr.keep-alive-count", Inet, ["128"]),
        ]),
        new("dgram", text => FrontendParser.Parse(text, []), FrontendParser.Keys["dgram"].Keys, "local.type=unix local.path=/x remote.type=unix remote.path=/y",
        [
            String("type", "l2tpv3", "dgrm"), String("id"), Object("local"), Object("remote"), Number("x-poll-us", "1001"),
            String("local.type", "foo", "vsock"), String("local.path", "", new string('p', 109), "/y"), String("local.host", InetEnds, ["1.2.3.4.5", "::1"]), String("local.port", InetEnds, ["0", "x", "65536"]), String("local.str", "local.type=fd", ["x", "-1"]),
            String("remote.type", "foo", "vsock"), String("remote.path", "", new string('p', 108)), String("remote.host", InetEnds, ["1.2.3.4.5", "::1"]), String("remote.port", InetEnds, ["0", "x", "65536"]),
        ]),
        new("vhost-user", text => FrontendParser.Parse(text, []), FrontendParser.Keys["vhost-user"].Keys, "path=/x",
        [
            String("type", "l2tpv3", "vhostuser"), String("id"), String("path", "", new string('p', 109)), Flag("abstract"), Flag("tight"), String("fd", "path= fd=1", ["-3", ""]), Object("addr", "path="),
            String("addr.type", "path= addr.path=/x", ["foo", "inet"]), String("addr.path", NestedUnix, ["", new string('p', 109)]), Flag("addr.abstract", NestedUnix), Flag("addr.tight", NestedUnix), String("addr.str", "path= addr.type=fd", ["-3"]),
            Flag("server"), Number("reconnect", "server=off", ["0"]), Number("reconnect-ms", "server=off", ["0"]), Number("x-poll-us", "1001"),
            Flag("x-offload-tx"), Flag("x-offload-rx"),
        ]),
        new("socket", text => FrontendParser.Parse(text, []), FrontendParser.Keys["socket"].Keys, "",
        [
            String("type", "listen=:1", ["l2tpv3", "sokcet"]), String("id", "listen=:1", []), String("fd", "x", "-1"), String("listen", "x", "h:65536", "[::1]:1"), String("connect", "x", "h:0"),
            String("udp", "localaddr=:1", ["x", "1.2.3.4.5:4", "h:0", "::1:5"]), String("mcast", "x", "192.0.2.1:5"), String("localaddr", "mcast=230.0.0.1:1", ["x"]), String("localaddr", "udp=h:1", ["x", "1.2.3.4.5:4", "h:1"]), String("localaddr", "listen=:1", ["h:1"]),
        ]),
    ];

    private const string Inet = "addr.type=inet addr.host=h addr.port=1 addr.path=";
    private const string InetEnds = "local.type=inet local.host=127.0.0.1 local.port=1 local.path= remote.type=inet remote.host=127.0.0.1 remote.port=2 remote.path=";
    private const string NestedUnix = "path= addr.type=unix addr.path=/x";

    private static IEnumerable<TestCaseData> Texts =>
        from table in s_tables
        from key in table.Wrong
        from value in key.Texts
        select new TestCaseData(table.Parse, $"type={table.Kind}," + string.Join(',', table.Items(key).Append((key.Name, value)).Select(item => $"{item.Item1}={item.Item2}")), key.Name, value)
            .SetArgDisplayNames(table.Kind, key.Name, Shown(value), key.Others);

    private static IEnumerable<TestCaseData> Json =>
        from table in s_tables
        where table.Kind != "socket"
        from key in table.Wrong
        from value in key.Json
        select new TestCaseData(table.Parse, table.Object(key, JsonNode.Parse(value)), key.Name, JsonNode.Parse(value))
            .SetArgDisplayNames(table.Kind, key.Name, Shown(value), key.Others);

    private static IEnumerable<TestCaseData> Kinds => s_tables.Select(table => new TestCaseData(table).SetArgDisplayNames(table.Kind));

    [TestCaseSource(nameof(Texts))]
    public void An_error_about_text_knows_option_and_value(Action<string> parse, string text, string key, string value)
    {
        UserErrorException error = Assert.Throws<UserErrorException>(() => parse(text), text)!;

        ExpectFields(error, key, value);
        Assert.That(error.Message, Does.Contain($"{key}={value}").Or.Contain($"'{value}'").And.Contain(key));
    }

    [TestCaseSource(nameof(Json))]
    public void An_error_about_JSON_knows_option_and_value(Action<string> parse, string text, string key, JsonNode value)
    {
        UserErrorException error = Assert.Throws<UserErrorException>(() => parse(text), text)!;

        bool isLeaf = value is JsonValue;
        ExpectFields(error, key, isLeaf ? value.ToString() : null);
        Assert.That(error.Message, Does.Contain(isLeaf ? $"{key}={value}" : $"'{key}' is a").Or.Contain($"'{key}' is {value.ToJsonString()}").Or.Contain($"'{value}'").And.Contain(key));
    }

    [TestCaseSource(nameof(Kinds))]
    public void Every_key_is_tried(Table table) => Assert.That(table.Wrong.Select(key => key.Name).Distinct(), Is.EquivalentTo(table.Keys));

    [TestCaseSource(nameof(Kinds))]
    public void An_unknown_option_is_known_as_such(Table table)
    {
        foreach (string unknown in new[] { "foo", "iid", "x-pol-us" })
        {
            string text = $"type={table.Kind}," + string.Join(',', table.Items(table.Wrong[0] with { Others = table.Kind == "socket" ? "fd=3" : "" }).Append((unknown, "7")).Append((table.Wrong[0].Name, table.Wrong[0].Name == "id" ? "n" : table.Kind)).Select(item => $"{item.Item1}={item.Item2}"));
            UserErrorException error = Assert.Throws<UserErrorException>(() => table.Parse(text), text)!;

            ExpectFields(error, unknown, "7");
            Assert.That(error.IsUnknownOption, Is.True);
            Assert.That(error.Message, Does.Contain($"{unknown}=7"));
        }
    }

    private static void ExpectFields(UserErrorException error, string option, string? value)
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(error.Option, Is.EqualTo(option), error.Message);
            Assert.That(error.Value, Is.EqualTo(value), error.Message);
            Assert.That(error.Remedy, Is.Not.Null.And.Not.Empty);
            Assert.That(error.Message, Does.StartWith(error.Problem + "\n").And.Contain(error.Remedy));
            Assert.That(error.Message.Split('\n'), Has.Length.EqualTo(2));
        }
    }

    private static string Shown(string value) => value.Length > 20 ? $"{value.Length} characters" : value;

    private static Key String(string name, params string[] wrong) => String(name, "", wrong);

    private static Key String(string name, string others, string[] wrong) => new(name, others, wrong, ["5", "true", "{}", .. wrong.Select(text => JsonValue.Create(text).ToJsonString())]);

    private static Key Flag(string name, string others = "") => new(name, others, ["onn", "", "1"], ["\"on\"", "1", "[]"]);

    private static Key Number(string name, params string[] wrong) => Number(name, "", wrong);

    private static Key Number(string name, string others, string[] wrong) => new(name, others, ["x", "", "1k", .. wrong], ["\"5\"", "true", "1.5", "{}", .. wrong]);

    private static Key Object(string name, string others = "") => new(name, others, [], ["5", "\"x\"", "[]"]);

    /// <summary>A key with wrong values.</summary>
    /// <param name="Name">In full.</param>
    /// <param name="Others">What is right besides, in place of the table's; nothing behind the equals sign: left out.</param>
    /// <param name="Texts">Wrong values in text.</param>
    /// <param name="Json">Wrong values in JSON.</param>
    public sealed record Key(string Name, string Others, string[] Texts, string[] Json);

    /// <summary>One table of options.</summary>
    /// <param name="Kind">The type.</param>
    /// <param name="Parse">Its parser.</param>
    /// <param name="Keys">Its keys.</param>
    /// <param name="Right">What makes a whole text.</param>
    /// <param name="Wrong">The keys with wrong values.</param>
    public sealed record Table(string Kind, Action<string> Parse, IEnumerable<string> Keys, string Right, Key[] Wrong)
    {
        /// <summary>All that is right beside a key, without the type.</summary>
        public IEnumerable<(string, string)> Items(Key key)
        {
            Dictionary<string, string> items = [];
            foreach (string[] item in $"{Right} {key.Others}".Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(item => item.Split('=', 2)))
                items[item[0]] = item[1];
            return items.Where(item => item.Value.Length > 0 && item.Key != key.Name && !item.Key.StartsWith(key.Name + ".", StringComparison.Ordinal)).Select(item => (item.Key, item.Value));
        }

        public string Object(Key key, JsonNode? value)
        {
            var whole = new JsonObject { ["type"] = Kind };
            foreach ((string name, string text) in Items(key))
                Set(whole, name, text is "on" or "off" ? text == "on" : name == "txsession" ? 1 : text);
            Set(whole, key.Name, value);
            return whole.ToJsonString();
        }

        private static void Set(JsonObject whole, string name, JsonNode? value)
        {
            string[] parts = name.Split('.');
            foreach (string part in parts[..^1])
            {
                if (whole[part] is not JsonObject)
                    whole[part] = new JsonObject();
                whole = (JsonObject)whole[part]!;
            }

            whole[parts[^1]] = value;
        }
    }
}
