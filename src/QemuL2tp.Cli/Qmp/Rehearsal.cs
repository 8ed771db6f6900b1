using System.Text.Json.Nodes;
using QemuL2tp.Hosting;
using QemuL2tp.Options;

namespace QemuL2tp.Cli.Qmp;

/// <summary>
/// Runs commands once where nobody sees it, on a pseudowire of the loopback that nobody can reach: the first real netdev_add
/// then does not wait until the runtime has loaded and compiled what it needs.
/// </summary>
internal static class Rehearsal
{
    public static void Run(EndOfRun end)
    {
        string name = $"qemu-l2tp-rehearsal-{Environment.ProcessId}";
        string[] requests =
        [
            $$$$$$"""{"execute": "netdev_add", "id": 1, "arguments": {"type": "l2tpv3", "id": "rehearsal", "src": "127.0.0.1", "dst": "127.0.0.1", "udp": true, "srcport": "0", "dstport": "9", "txsession": 1, "x-frontend": {"type": "stream", "addr": {"type": "unix", "path": "{{{{{{name}}}}}}", "abstract": true}}}}""",
            """{"execute": "query-netdev-stats"}""",
            """{"execute": "netdev_del", "arguments": {"id": "rehearsal"}}""",
        ];
        try
        {
            var log = new SilentLog();
            using var host = new PseudowireHost(log);
            host.Start();
            using var control = new PseudowireControl(null, host, end, id => DefaultFrontend.For(id, ListenDescriptors.None), log);
            var commands = new QmpCommands(control);
            foreach (string text in requests)
            {
                QmpRequest request = QmpRequest.From(JsonParser.Parse(text));
                _ = QmpJson.Line(new JsonObject { ["return"] = commands.Run(request.Command, request.Arguments), ["id"] = QmpJson.Back(request.Id) });
            }
        }
        catch (Exception e) when (e is UserErrorException or QmpError)
        {
            // The real command will say what is wrong on this host, if that is wrong there too.
        }
    }
}
