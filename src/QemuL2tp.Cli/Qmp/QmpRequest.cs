using QemuL2tp.Options;

namespace QemuL2tp.Cli.Qmp;

/// <summary>A command as a client sent it.</summary>
/// <param name="Command">Its name.</param>
/// <param name="Arguments">Empty when there are none.</param>
/// <param name="Id">Any value, to be sent back; meaningful when <paramref name="HasId"/>.</param>
/// <param name="HasId">Whether there is an <c>id</c>.</param>
internal sealed record QmpRequest(string Command, OptionTree Arguments, object? Id, bool HasId)
{
    private static readonly string[] s_members = ["execute", "arguments", "id"];

    /// <summary>Its <c>id</c> alone, for the answer to what is no request.</summary>
    public static (object? Id, bool HasId) IdOf(OptionTree tree) => tree.TryGet("id", out object? id) ? (id, true) : (null, false);

    /// <summary>Reads an object of QMP's form (qmp-spec.rst, "Issuing Commands").</summary>
    /// <exception cref="QmpError">It is not of that form.</exception>
    public static QmpRequest From(OptionTree tree)
    {
        if (tree.Names.FirstOrDefault(name => !s_members.Contains(name)) is { } unexpected)
            throw QmpError.Generic($"QMP input member '{unexpected}' is unexpected");
        if (!tree.TryGet("execute", out object? execute))
            throw QmpError.Generic("QMP input lacks member 'execute'");
        if (execute is not string command)
            throw QmpError.Generic("QMP input member 'execute' must be a string");
        if (!tree.TryGet("arguments", out object? arguments))
            arguments = new OptionTree();
        (object? id, bool hasId) = IdOf(tree);
        return new QmpRequest(command, arguments as OptionTree ?? throw QmpError.Generic("QMP input member 'arguments' must be an object"), id, hasId);
    }
}
