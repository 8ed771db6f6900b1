using System.Globalization;
using QemuL2tp.Options;
using static Tmds.Linux.LibC;

namespace QemuL2tp.Hosting;

/// <summary>
/// The sockets that a service manager has opened for us and named: <c>LISTEN_PID</c>, <c>LISTEN_FDS</c>, <c>LISTEN_FDNAMES</c>
/// (sd_listen_fds(3)). They stay open for as long as the process runs; whoever uses one gets a duplicate.
/// </summary>
/// <param name="byName">Number of the descriptor with each name.</param>
internal sealed class ListenDescriptors(IReadOnlyDictionary<string, int> byName)
{
    private const int First = 3;

    public static ListenDescriptors None { get; } = new(new Dictionary<string, int>());

    /// <summary>What the environment passes to this process. Programs that we start must not take it for theirs, so it is cleared.</summary>
    /// <exception cref="UserErrorException">The variables contradict one another, or a descriptor is not open.</exception>
    public static ListenDescriptors Take()
    {
        string? process = Environment.GetEnvironmentVariable("LISTEN_PID");
        string? count = Environment.GetEnvironmentVariable("LISTEN_FDS");
        string? names = Environment.GetEnvironmentVariable("LISTEN_FDNAMES");
        if (process is null || count is null || process != Environment.ProcessId.ToString(CultureInfo.InvariantCulture))
            return None;
        foreach (string variable in new[] { "LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES" })
            Environment.SetEnvironmentVariable(variable, null);
        return From(count, names);
    }

    /// <param name="count"><c>LISTEN_FDS</c>.</param>
    /// <param name="names"><c>LISTEN_FDNAMES</c>: as many, with colons between them; null: all are called <c>unknown</c>.</param>
    public static ListenDescriptors From(string count, string? names)
    {
        string[] each = string.IsNullOrEmpty(names) ? [] : names.Split(':');
        if (!int.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out int number) || (each.Length > 0 && each.Length != number))
            throw new UserErrorException($"LISTEN_FDS={count} does not go with LISTEN_FDNAMES={names}", "Both are set by systemd's socket units (sd_listen_fds(3)): as many names as descriptors, with colons between them.");
        Dictionary<string, int> byName = [];
        for (int i = 0; i < number; i++)
        {
            if (fcntl(First + i, F_GETFD, 0) < 0)
                throw new UserErrorException($"LISTEN_FDS={count}, but descriptor {First + i} is not open", "LISTEN_FDS is set by systemd's socket units; unset it elsewhere.");
            string name = each.Length > 0 ? each[i] : "unknown";
            if (!byName.TryAdd(name, First + i))
                throw new UserErrorException($"LISTEN_FDNAMES={names} has '{name}' twice", "Give each socket unit a FileDescriptorName= of its own, and one ListenStream=.");
        }

        return new ListenDescriptors(byName);
    }

    /// <summary>The names.</summary>
    public IEnumerable<string> Names => byName.Keys;

    /// <summary>The front end of a pseudowire that has none: the socket with its name, if there is one.</summary>
    public Written<FrontendOptions>? FrontendFor(string id)
    {
        if (!byName.ContainsKey(id))
            return null;
        var options = new FrontendOptions { Kind = FrontendKind.Stream, Server = true, Address = new FdFrontendAddress(-1, id) };
        return new Written<FrontendOptions>($"LISTEN_FDNAMES {id}", options);
    }

    /// <summary>A front end whose descriptor, if it is one with a name, is a number: that of a duplicate.</summary>
    /// <exception cref="UserErrorException">There is none with that name.</exception>
    public FrontendOptions Resolve(FrontendOptions frontend)
    {
        if (frontend.Address is not FdFrontendAddress { Name: { } name })
            return frontend;
        if (!byName.TryGetValue(name, out int descriptor))
        {
            throw new UserErrorException(
                $"File descriptor named '{name}' has not been found",
                byName.Count == 0 ? "None was passed: names come with LISTEN_FDNAMES, from systemd's FileDescriptorName=; otherwise write a number." : $"Those that were passed are {string.Join(", ", byName.Keys)}.");
        }

        int duplicate = fcntl(descriptor, F_DUPFD_CLOEXEC, First);
        return duplicate >= 0
            ? frontend with { Address = new FdFrontendAddress(duplicate) }
            : throw new UserErrorException($"the descriptor '{name}' cannot be duplicated, errno = {errno}", "Raise the limit of open files (ulimit -n, LimitNOFILE=).");
    }
}
