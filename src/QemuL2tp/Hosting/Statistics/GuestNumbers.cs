using QemuL2tp.Datagrams;
using QemuL2tp.Guest;
using QemuL2tp.Guest.Dgram;
using QemuL2tp.Options;
using static QemuL2tp.Hosting.Statistics.NumberRows;

namespace QemuL2tp.Hosting.Statistics;

/// <summary>The pseudowire as a whole, and QEMU's end of it.</summary>
internal static class GuestNumbers
{
    public static NumberGroup Pseudowire { get; } = new NumberGroup<Pseudowire>(
        "pseudowire",
        "the pseudowire as a whole",
        pseudowire => [pseudowire],
        Text<Pseudowire>("id", p => p.Id, "name of the netdev", isInText: false, kind: NumberKind.Label),
        Text<Pseudowire>("type", _ => "l2tpv3", "QEMU's type of netdev: always l2tpv3", isInText: false),
        State<Pseudowire>(
            "state",
            p => p.WaitsFor is null ? "open" : "waiting",
            "whether its sockets could be opened",
            [
                new("open", "they could; while an address or a route is gone again, the guest's frames are dropped as Unreachable"),
                new("waiting", "an address, an interface or a name is not there yet, and the guest's frames are dropped as TunnelNotReady", "waits-for says which; it is tried again by itself"),
            ],
            headline: "{0}"),
        Text<Pseudowire>("waits-for", p => p.WaitsFor, "what is not there yet, and what to do about it"),
        State<Pseudowire>(
            "frontend",
            p => FrontendName(p.Frontend.Kind),
            "what QEMU connects with",
            [
                new(FrontendName(FrontendKind.Stream), "-netdev stream"),
                new(FrontendName(FrontendKind.Dgram), "-netdev dgram"),
                new(FrontendName(FrontendKind.Socket), "-netdev socket"),
                new(FrontendName(FrontendKind.VhostUser), "-netdev vhost-user") { TextWord = "vhost-user" },
            ],
            headline: "front end {0}"),
        Gauge<Pseudowire>("link-up", NumberUnit.Boolean, p => p.IsLinkUp ? 1 : 0, "whether frames pass", "while it is not, all are dropped as LinkDown; set_link switches it on", headline: "link up: {0}"),
        Text<Pseudowire>("qemu-arguments", p => p.QemuArguments, "what QEMU is to be started with", isInText: false))
    {
        IsTopLevel = true,
        IsAlwaysInText = true,
    };

    public static NumberGroup Connection { get; } = new NumberGroup<IGuestPort>(
        "guest",
        "QEMU's end of the pseudowire",
        pseudowire => [pseudowire.Guest],
        Gauge<IGuestPort>("connected", NumberUnit.Boolean, g => g.IsConnected ? 1 : 0, "whether a QEMU is connected; with datagrams, whether it was reached", isInText: false),
        Counter<IGuestPort>("connections", NumberUnit.Connections, g => g.Connections, "connections so far; with datagrams, how often QEMU was found after it was not there", headline: "{0}"),
        Counter<IGuestPort>("connections-refused", NumberUnit.Connections, g => g.ConnectionsRefused, "connections closed at once because another one was open", "end the first QEMU, or give each a front end of its own", headline: "refused: {0}"),
        State<IGuestPort>(
            "guest-state",
            g => g.Presence switch { GuestPresence.Connected => "connected", GuestPresence.Heard => "heard", _ => "not-connected" },
            "whether QEMU is there",
            [
                new("connected", "QEMU is connected; with datagrams, it was reached, or heard over UDP"),
                new("not-connected", "no QEMU is there, and frames for the guest are dropped as GuestNotConnected; over UDP none was heard yet, and they are sent all the same", "start QEMU with the printed arguments"),
                new("heard", "datagrams over a unix socket only: frames come from QEMU, and none was sent to it yet", "compare our remote with QEMU's local if it stays so"),
            ],
            headline: "now: {0}"),
        Text<IGuestPort>("guest-place", g => g.Place, "where QEMU is, or is waited for", textName: "at"))
    {
        TextName = "QEMU connections",
        IsTopLevel = true,
        IsAlwaysInText = true,
    };

    public static NumberGroup Datagrams { get; } = new NumberGroup<DatagramCounters>(
        "guest-datagrams",
        "what the kernel said about datagrams to QEMU (front ends with datagrams)",
        pseudowire => pseudowire.Guest is DgramPort port ? [port.Counters] : [],
        Counter<DatagramCounters>("refused", NumberUnit.Errors, c => c.PeerRefused, "nothing listened at QEMU's address", "start QEMU; compare our remote with QEMU's local"),
        Counter<DatagramCounters>("other-errors", NumberUnit.Errors, c => c.Errors - c.PeerRefused, "any other error"),
        Counter<DatagramCounters>("stray-reports", NumberUnit.Errors, c => c.StrayReports, "ICMP errors about packets to somebody other than QEMU"),
        Counter<DatagramCounters>("send-buffer-full", NumberUnit.Times, c => c.SendBufferFull, "how often frames had to wait for room in QEMU's queue", "for a unix socket raise net.unix.max_dgram_qlen", textName: "waits for room"))
    {
        TextName = "datagrams to QEMU",
    };

    private static string FrontendName(FrontendKind kind) => kind == FrontendKind.VhostUser ? "vhost-user" : kind.ToString().ToLowerInvariant();
}
