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

    private static readonly string[] s_variables = ["LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"];

    private readonly HashSet<int> _used = [];

    public static ListenDescriptors None { get; } = new(new Dictionary<string, int>());

    /// <summary>Names of those that no front end has used so far.</summary>
    public IEnumerable<string> Unused => byName.Where(pair => !_used.Contains(pair.Value)).Select(pair => pair.Key);

    /// <summary>What the environment passes to this process. Programs that we start must not take it for theirs, so it is cleared.</summary>
    /// <exception cref="UserErrorException">The variables contradict one another, or a descriptor is not open.</exception>
    public static ListenDescriptors Take()
    {
        string?[] values = Array.ConvertAll(s_variables, Environment.GetEnvironmentVariable);
        if (values is not [{ } process, { } count, var names] || process != Environment.ProcessId.ToString(CultureInfo.InvariantCulture))
            return None;
        foreach (string variable in s_variables)
            Environment.SetEnvironmentVariable(variable, null);
        return From(count, names);
    }

    /// <param name="count"><c>LISTEN_FDS</c>.</param>
    /// <param name="names"><c>LISTEN_FDNAMES</c>: as many, with colons between them; null: all are called <c>unknown</c>.</param>
    /// <exception cref="UserErrorException">They contradict one another, or a descriptor is not open.</exception>
    public static ListenDescriptors From(string count, string? names)
    {
        string[] each = string.IsNullOrEmpty(names) ? [] : names.Split(':');
        if (!int.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out int number) || (each.Length > 0 && each.Length != number))
            throw new UserErrorException($"LISTEN_FDS={count} does not go with LISTEN_FDNAMES={names}", "Both are set by systemd's socket units (sd_listen_fds(3)): as many names as descriptors, with colons between them.") { Option = "LISTEN_FDS", Value = count };
        Dictionary<string, int> byName = [];
        for (int i = 0; i < number; i++)
        {
            int descriptor = First + i;
            if (!IsInherited(descriptor))
                throw new UserErrorException($"LISTEN_FDS={count}, but descriptor {descriptor} is not open", "LISTEN_FDS is set by systemd's socket units; unset it elsewhere.") { Option = "LISTEN_FDS", Value = count };
            string name = each.Length > 0 ? each[i] : "unknown";
            if (!byName.TryAdd(name, descriptor))
                throw new UserErrorException($"LISTEN_FDNAMES={names} has '{name}' twice", "Give each socket unit a FileDescriptorName= of its own, and one ListenStream=.") { Option = "LISTEN_FDNAMES", Value = names };
        }

        foreach (int descriptor in byName.Values)
            _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC);
        return new ListenDescriptors(byName);
    }

    /// <summary>The front end of a pseudowire that has none: the socket with its name, if there is one.</summary>
    public Written<FrontendOptions>? FrontendFor(string id)
    {
        if (!byName.ContainsKey(id))
            return null;
        var options = new FrontendOptions { Kind = FrontendKind.Stream, Server = true, Address = new FdFrontendAddress(-1, id) };
        return new Written<FrontendOptions>($"LISTEN_FDNAMES {id}", options);
    }

    /// <summary>Opens a front end; in place of one of these descriptors, whether it is named or numbered, it gets a duplicate.</summary>
    /// <param name="frontend">As the user has written it.</param>
    /// <param name="open">Given a front end whose descriptor, if there is one, is a number; the descriptor is its own if it throws nothing.</param>
    /// <exception cref="UserErrorException">There is none with that name, or the number is not that of an inherited descriptor.</exception>
    public T Open<T>(FrontendOptions frontend, Func<FrontendOptions, T> open)
    {
        if (frontend.Address is not FdFrontendAddress address)
            return open(frontend);
        int descriptor = address.Name is { } name ? Find(name) : address.Descriptor;
        if (!byName.Values.Contains(descriptor))
        {
            // Sockets of our own would be taken for QEMU's: a reload or a command may name a number that we have used meanwhile.
            return fcntl(descriptor, F_GETFD, 0) < 0 || IsInherited(descriptor)
                ? open(frontend)
                : throw new UserErrorException($"file descriptor {descriptor} is not an inherited descriptor", "Pass the number of a descriptor that the parent process opened and did not close on exec; its connection can be used once.") { Option = "addr.str", Value = FormattableString.Invariant($"{descriptor}") };
        }

        int duplicate = fcntl(descriptor, F_DUPFD_CLOEXEC, First);
        if (duplicate < 0)
            throw new UserErrorException($"the descriptor {descriptor} cannot be duplicated: {SystemWords.For(errno)}", "Raise the limit of open files (ulimit -n, LimitNOFILE=).");
        try
        {
            T opened = open(frontend with { Address = new FdFrontendAddress(duplicate) });
            _ = _used.Add(descriptor);
            return opened;
        }
        catch
        {
            _ = close(duplicate);
            throw;
        }
    }

    /// <summary>
    /// Whether the parent has left a descriptor open for us. What was inherited cannot be close-on-exec; what the runtime or we have
    /// opened is, and may have the number of one that the parent forgot to pass on.
    /// </summary>
    public static bool IsInherited(int descriptor) => fcntl(descriptor, F_GETFD, 0) is >= 0 and var flags && (flags & FD_CLOEXEC) == 0;

    private int Find(string name) => byName.TryGetValue(name, out int descriptor)
        ? descriptor
        : throw new UserErrorException(
            $"File descriptor named '{name}' has not been found",
            byName.Count == 0 ? "None was passed: names come with LISTEN_FDNAMES, from systemd's FileDescriptorName=; otherwise write a number." : $"Those that were passed are {string.Join(", ", byName.Keys)}.")
        {
            Option = "addr.str",
            Value = name,
        };
}
