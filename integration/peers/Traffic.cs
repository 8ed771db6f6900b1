using System.Globalization;

namespace QemuL2tp.Integration.Peers;

/// <summary>A ping that goes on in the background of a machine until it is finished or disposed of.</summary>
internal sealed class Traffic : IDisposable
{
    private readonly Vm _vm;
    private readonly string _log;
    private bool _finished;

    /// <param name="vm">The machine that sends.</param>
    /// <param name="target">The address that replies.</param>
    /// <param name="options">Of ping.</param>
    public Traffic(Vm vm, string target, string options = "-i 0.1")
    {
        _vm = vm;
        _log = $"/tmp/traffic-{target}";
        vm.Run($"ping -n {options} {target} >{_log} 2>&1 & echo $! >{_log}.pid");
    }

    /// <summary>Waits until more replies come in than there were; answers how long it took.</summary>
    public TimeSpan WaitForReplies()
    {
        int before = Replies();
        return Until.True(() => Replies() > before + 2, "replies come in");
    }

    /// <summary>Ends it; answers how many were sent up to the last that came back, and how many came back. Those behind it may be on their way.</summary>
    public (int Sent, int Received) Finish()
    {
        _finished = true;
        _vm.Run($"pid=$(cat {_log}.pid); kill -INT $pid; while [ -e /proc/$pid ]; do sleep 0.1; done");
        string last = _vm.Run($"grep -o 'icmp_seq=[0-9]*' {_log} | cut -d= -f2 | sort -n | tail -n 1").Trim();
        return (int.Parse(last, CultureInfo.InvariantCulture), Ping.Parse(_vm.Run($"tail -n 3 {_log}")).Received);
    }

    public void Dispose()
    {
        if (!_finished)
        {
            _vm.Run($"kill $(cat {_log}.pid)");
        }
    }

    private int Replies() => int.Parse(_vm.Run($"grep -c 'bytes from' {_log} || true"), CultureInfo.InvariantCulture);
}
