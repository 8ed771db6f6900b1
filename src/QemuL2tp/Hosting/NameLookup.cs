using System.Net;
using QemuL2tp.Linux;
using SocketAddress = QemuL2tp.Datagrams.SocketAddress;
using static QemuL2tp.Linux.Glibc;

namespace QemuL2tp.Hosting;

/// <summary>
/// Host names to addresses, by the system's resolver, which may take as long as a name server is silent and cannot be called off: it
/// runs on a thread of its own, which is left alone with its answer when nobody waits for that any more.
/// </summary>
/// <param name="resolve">Called on that thread: the resolver's addresses for a host, a port and hints, and its words when there is none; null: the system's.</param>
internal sealed class NameLookup(Func<string, string?, addrinfo, (string[] Addresses, string Error)>? resolve = null)
{
    private readonly Func<string, string?, addrinfo, (string[] Addresses, string Error)> _resolve = resolve ?? Resolve;

    /// <param name="host">A name or an address.</param>
    /// <param name="port">A number or the name of a service; null: none.</param>
    /// <param name="hints">What to look for.</param>
    /// <param name="cancellationToken">Gives the lookup up.</param>
    /// <returns>The addresses in the resolver's order, null when the host is one already; and when there is none, what <c>gai_strerror</c> says.</returns>
    public async Task<(string[]? Addresses, string Error)> FindAsync(string host, string? port, addrinfo hints, CancellationToken cancellationToken)
    {
        addrinfo numeric = hints;
        numeric.ai_flags |= AI_NUMERICHOST;
        if (getaddrinfo(host, port, numeric, out string error).Length > 0)
            return (null, "");
        // An address of another family, or on an interface that is not there, is in no list of names.
        if (IPAddress.TryParse(host.Split('%')[0], out _))
            return ([], error);
        TaskCompletionSource<(string[], string)> answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
        new Thread(() => answer.SetResult(_resolve(host, port, hints))) { IsBackground = true, Name = "names" }.Start();
        return await answer.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    private static (string[] Addresses, string Error) Resolve(string host, string? port, addrinfo hints)
    {
        string[] addresses = [.. getaddrinfo(host, port, hints, out string error).Select(Text)];
        return (addresses, error);
    }

    private static string Text(byte[] address)
    {
        using var found = new SocketAddress(address);
        return found.Host.ToString();
    }
}
