namespace QemuL2tp.Integration.Peers;

/// <summary>A ping that goes on in the background of a machine until it is disposed of.</summary>
internal sealed class Traffic : IDisposable
{
    private readonly Vm _vm;

    public Traffic(Vm vm, string target)
    {
        _vm = vm;
        vm.Run($"ping -n -i 0.1 {target} >/tmp/traffic 2>&1 & echo $! >/tmp/traffic.pid");
    }

    /// <summary>Waits until more replies come in than there were; answers how long it took.</summary>
    public TimeSpan WaitForReplies()
    {
        int before = Replies();
        return Until.True(() => Replies() > before + 2, TimeSpan.FromSeconds(20), "replies come in");
    }

    public void Dispose() => _vm.Run("kill $(cat /tmp/traffic.pid)");

    private int Replies() => int.Parse(_vm.Run("grep -c 'bytes from' /tmp/traffic || true"), System.Globalization.CultureInfo.InvariantCulture);
}
