using System.Globalization;
using System.Text.RegularExpressions;

namespace QemuL2tp.Integration.Peers;

/// <summary>Linux's pktgen inside a guest: numbered UDP frames out of one NIC. There is one for each guest.</summary>
internal sealed partial class PacketGenerator : IDisposable
{
    private const string Control = "/proc/net/pktgen/pgctrl";
    private readonly Vm _guest;
    private readonly string _setUp;

    /// <param name="guest">The machine it runs in.</param>
    /// <param name="wire">Of the NIC.</param>
    /// <param name="rate">Frames per second; 0 is as many as possible.</param>
    /// <param name="bytes">Length of a frame.</param>
    public PacketGenerator(Vm guest, Wire wire, int rate, int bytes = 60)
    {
        _guest = guest;
        string[] settings =
        [
            $"pkt_size {bytes}",
            rate > 0 ? $"ratep {rate}" : "delay 0",
            $"src_min {wire.GuestAddress}",
            $"src_max {wire.GuestAddress}",
            $"dst {wire.PeerAddress}",
            "dst_mac 52:54:00:00:77:43",
        ];
        string device = $"/proc/net/pktgen/{wire.Nic}";
        // The device is added anew each time, for it may have gone and come back.
        _setUp = $"""
            set -e
            echo rem_device_all >/proc/net/pktgen/kpktgend_0
            echo add_device {wire.Nic} >/proc/net/pktgen/kpktgend_0
            {string.Join('\n', settings.Select(setting => $"echo '{setting}' >{device}"))}
            """;
        Device = device;
    }

    private string Device { get; }

    /// <summary>Sends so many; answers how many were sent and how many that were per second.</summary>
    public (long Sent, long Rate) Send(int count)
    {
        _guest.Run($"{_setUp}\necho count {count} >{Device}\necho start >{Control}");
        Match match = Result().Match(_guest.Run($"cat {Device}"));
        return (Number(match.Groups[1]), Number(match.Groups[2]));
    }

    /// <summary>Sends until it is stopped, and goes on by itself when the NIC or its link went away and is back.</summary>
    public void Start() => _guest.Run($"""
        cat >/tmp/generate <<'END'
        while [ -e /tmp/generating ]; do
            (
        {_setUp}
        echo count 0 >{Device}
        echo start >{Control}
            )
            sleep 0.05
        done
        END
        touch /tmp/generating
        dash /tmp/generate >/dev/null 2>&1 &
        echo $! >/tmp/generating.pid
        """);

    /// <summary>Waits for its end, for a loop that lives on would set another one's NIC aside.</summary>
    public void Stop() => _guest.Run($"""
        rm -f /tmp/generating
        [ -e /tmp/generating.pid ] || exit 0
        while [ -e /proc/$(cat /tmp/generating.pid) ]; do
            echo stop >{Control}
            sleep 0.05
        done
        """);

    public void Dispose()
    {
        if (_guest.Running)
        {
            Stop();
        }
    }

    private static long Number(Group digits) => long.Parse(digits.ValueSpan, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"(?s)pkts-sofar: (\d+).*\n *(\d+)pps")]
    private static partial Regex Result();
}
