namespace QemuL2tp.Options;

/// <summary>Guards the names of several netdevs in one process.</summary>
internal static class NetdevIds
{
    /// <summary>Throws QEMU's error for the first id that was already used.</summary>
    /// <param name="ids">The ids in the order of the command line.</param>
    /// <exception cref="UserErrorException"><c>Duplicate ID 'x' for netdev</c>.</exception>
    public static void RequireDistinct(IEnumerable<string> ids)
    {
        var seen = new HashSet<string>();
        foreach (string id in ids)
        {
            if (!seen.Add(id))
                throw Duplicate(id);
        }
    }

    internal static UserErrorException Duplicate(string id) =>
        new($"Duplicate ID '{id}' for netdev", $"Give every netdev its own id; 'id={id}' is used twice.") { Option = "id", Value = id };
}
