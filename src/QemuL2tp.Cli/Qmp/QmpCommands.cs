using System.Text.Json.Nodes;
using QemuL2tp.Frames;
using QemuL2tp.Hosting;
using QemuL2tp.Options;

namespace QemuL2tp.Cli.Qmp;

/// <summary>
/// The commands, which are QEMU's own where QEMU has them: same name, same arguments, same errors. To add one: its row in
/// the table, its name in README.md.
/// </summary>
internal sealed class QmpCommands
{
    /// <summary>The member of <c>netdev_add</c> that QEMU does not have: the front end, as an object or as the text of <c>--frontend</c>.</summary>
    private const string FrontendMember = "x-frontend";

    private const string QuitName = "quit";

    private static readonly Dictionary<string, string> s_help = new()
    {
        ["id"] = "the netdev's name",
        ["name"] = "the netdev's name",
        ["up"] = "true or false",
    };

    private readonly IPseudowireControl _control;
    private readonly IEventLog _log;
    private readonly SortedDictionary<string, Func<OptionTree, Task<JsonNode>>> _table;

    /// <param name="control">What commands act on.</param>
    /// <param name="log">Told what is accepted but doubtful.</param>
    public QmpCommands(IPseudowireControl control, IEventLog log)
    {
        _control = control;
        _log = log;
        _table = new(StringComparer.Ordinal)
        {
            ["netdev_add"] = AddNetdevAsync,
            ["netdev_del"] = AtOnce(DeleteNetdev),
            ["query-commands"] = AtOnce(arguments => Without(arguments, QueryCommands)),
            ["query-netdev-stats"] = AtOnce(QueryStatistics),
            ["query-status"] = AtOnce(arguments => Without(arguments, () => new JsonObject { ["status"] = "running", ["singlestep"] = false, ["running"] = true })),
            ["query-version"] = AtOnce(arguments => Without(arguments, () => QmpJson.Version(typeof(QmpCommands).Assembly.GetName().Version!))),
            [QuitName] = AtOnce(arguments => Without(arguments, () => new JsonObject())),
            ["set_link"] = AtOnce(SetLink),
        };
    }

    /// <summary>The names, with the one that ends the negotiation.</summary>
    public IEnumerable<string> Names => _table.Keys.Append(QmpSession.Negotiation).Order(StringComparer.Ordinal);

    /// <exception cref="QmpError">There is no such command.</exception>
    /// <exception cref="UserErrorException">It cannot be done.</exception>
    public Task<JsonNode> RunAsync(string command, OptionTree arguments) => _table.TryGetValue(command, out Func<OptionTree, Task<JsonNode>>? run)
        ? run(arguments)
        : throw new QmpError("CommandNotFound", $"The command {command} has not been found");

    /// <summary>What a command does when its answer is on its way.</summary>
    public void AfterAnswer(string command)
    {
        if (command == QuitName)
            _control.Quit();
    }

    private static Func<OptionTree, Task<JsonNode>> AtOnce(Func<OptionTree, JsonNode> run) => arguments => Task.FromResult(run(arguments));

    private static TreeReader Read(OptionTree arguments) => new(arguments, isText: false, s_help);

    private static JsonNode Without(OptionTree arguments, Func<JsonNode> run)
    {
        Read(arguments).RejectUnread();
        return run();
    }

    private JsonArray QueryCommands() => new([.. Names.Select(name => new JsonObject { ["name"] = name })]);

    private async Task<JsonNode> AddNetdevAsync(OptionTree arguments)
    {
        OptionTree netdev = arguments.Without(FrontendMember, out object? frontend);
        List<string> warnings = [];
        L2tpv3Options options = NetdevParser.Parse(netdev, warnings);
        if (!Identifier.IsValid(options.Id))
            throw OptionErrors.NotAnIdentifier("id", options.Id);
        if (_control.All.Any(pseudowire => pseudowire.Id == options.Id))
            throw QmpError.Generic($"Duplicate ID '{options.Id}'");
        FrontendOptions? parsed = frontend switch
        {
            null => null,
            OptionTree tree => FrontendParser.Parse(tree),
            string text => FrontendParser.Parse(text, warnings),
            _ => throw QmpError.Generic($"Invalid parameter type for '{FrontendMember}', expected: object or string"),
        };
        foreach (string warning in warnings)
            _log.Write(EventLevel.Warning, $"{options.Id}: {warning}");
        await _control.AddAsync(options, parsed);
        return new JsonObject();
    }

    private JsonObject DeleteNetdev(OptionTree arguments)
    {
        TreeReader reader = Read(arguments);
        string id = reader.ReadString("id");
        reader.RejectUnread();
        return _control.Remove(id) ? [] : throw QmpError.NoDevice(id);
    }

    private JsonObject SetLink(OptionTree arguments)
    {
        TreeReader reader = Read(arguments);
        string name = reader.ReadString("name");
        bool isUp = reader.ReadBoolean("up");
        reader.RejectUnread();
        Find(name).IsLinkUp = isUp;
        return [];
    }

    private JsonArray QueryStatistics(OptionTree arguments)
    {
        TreeReader reader = Read(arguments);
        string? id = reader.Has("id") ? reader.ReadString("id") : null;
        reader.RejectUnread();
        IEnumerable<Pseudowire> wanted = id is null ? _control.All : [Find(id)];
        return new JsonArray([.. wanted.Select(pseudowire => QmpStatistics.Of(pseudowire.ReadNumbers()))]);
    }

    private Pseudowire Find(string id) => _control.All.FirstOrDefault(pseudowire => pseudowire.Id == id) ?? throw QmpError.NoDevice(id);
}
