using System.Globalization;
using System.Net.Sockets;
using System.Text;
using QemuL2tp.Cli.Exec;
using QemuL2tp.Hosting;

namespace QemuL2tp.Cli.Qmp;

/// <summary>
/// Plays a client's session where nobody sees it, with a pseudowire of the loopback that nobody can reach: the first real
/// netdev_add then does not wait until the runtime has loaded and compiled what it needs.
/// </summary>
internal static class Rehearsal
{
    private const string Requests = """
        {"execute": "netdev_add", "id": 1, "arguments": {"type": "l2tpv3", "id": "rehearsal", "src": "127.0.0.1", "dst": "127.0.0.1", "udp": true, "srcport": "0", "dstport": "9",
          "txsession": 1, "x-frontend": FRONTEND}}
        {"execute": "query-netdev-stats"}
        {"execute": "netdev_del", "arguments": {"id": "rehearsal"}}
        """;

    /// <summary>Each in its own way; what they have in common the runtime has compiled and found by the second.</summary>
    private static readonly string[] s_frontends =
    [
        """{"type": "stream", "addr": {"type": "unix", "path": "qemu-l2tp-rehearsal-PID", "abstract": true}}""",
        "\"vhost-user,path=qemu-l2tp-rehearsal-PID,abstract=on\"",
        "\"stream,addr.type=unix,addr.path=qemu-l2tp-rehearsal-PID,addr.abstract=on\"",
    ];

    /// <returns>What the client was sent.</returns>
    public static async Task<string> RunAsync()
    {
        using var host = new PseudowireHost(new SilentLog());
        var control = new PseudowireControl(host, new EndOfRun(new RunOptions()), id => DefaultFrontend.For(id, ListenDescriptors.None));
        host.Start();
        Directory.CreateDirectory("/"); // It is there. The default directory may not be, and is not to be made in vain.
        (int ours, int theirs) = Descriptors.NewSocketPair();
        using var client = NewSocket(ours);
        var session = new QmpSession(NewSocket(theirs), new QmpCommands(control, new SilentLog()));
        control.Event = (name, data) => session.SendEvent(QmpJson.Event(name, data));
        Task serving = ServeAsync(session);
        string requests = string.Concat(s_frontends.Select(frontend => Requests.Replace("FRONTEND", frontend, StringComparison.Ordinal)))
            .Replace("PID", Environment.ProcessId.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal);
        client.Send(Encoding.UTF8.GetBytes("""{"execute": "qmp_capabilities"}""" + requests));
        client.Shutdown(SocketShutdown.Send);
        var answers = new StringBuilder();
        byte[] buffer = new byte[4096];
        for (int length; (length = await client.ReceiveAsync(buffer)) > 0;)
            answers.Append(Encoding.UTF8.GetString(buffer, 0, length));
        await serving;
        return answers.ToString();
    }

    private static async Task ServeAsync(QmpSession session)
    {
        using (session)
            await session.RunAsync();
    }

    private static Socket NewSocket(int descriptor) => new(new SafeSocketHandle(descriptor, ownsHandle: true));
}
