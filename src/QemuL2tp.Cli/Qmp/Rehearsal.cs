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
          "txsession": 1, "x-frontend": {"type": "stream", "addr": {"type": "unix", "path": "qemu-l2tp-rehearsal-PID", "abstract": true}}}}
        {"execute": "query-netdev-stats"}
        {"execute": "netdev_del", "arguments": {"id": "rehearsal"}}
        """;

    /// <summary>The second time what the runtime does only then.</summary>
    private const int Times = 2;

    public static async Task RunAsync(EndOfRun end)
    {
        var log = new SilentLog();
        using var host = new PseudowireHost(log);
        using var control = new PseudowireControl(null, host, end, id => DefaultFrontend.For(id, ListenDescriptors.None), log);
        host.Start();
        (int ours, int theirs) = Descriptors.NewSocketPair();
        using var client = NewSocket(ours);
        using var session = new QmpSession(NewSocket(theirs), new QmpCommands(control));
        Task running = session.RunAsync();
        string requests = Requests.Replace("PID", Environment.ProcessId.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal);
        client.Send(Encoding.UTF8.GetBytes("""{"execute": "qmp_capabilities"}""" + string.Concat(Enumerable.Repeat(requests, Times))));
        client.Shutdown(SocketShutdown.Send);
        byte[] answers = new byte[4096];
        while (await client.ReceiveAsync(answers) > 0)
        {
            // What is wrong on this host, the real command will say too.
        }

        await running;
    }

    private static Socket NewSocket(int descriptor) => new(new SafeSocketHandle(descriptor, ownsHandle: true));
}
