namespace QemuL2tp.Integration.Peers;

/// <summary>A file of random bytes over TCP from one machine to another.</summary>
internal static class FileTransfer
{
    public static void Prepare(Vm vm, int bytes) => vm.Run($"head -c {bytes} /dev/urandom | tee /tmp/file | sha256sum >/tmp/file.sum");

    /// <summary>Fails unless the file arrives with the checksum it left with.</summary>
    /// <param name="to">The machine that fetches it.</param>
    /// <param name="from">The machine that has it.</param>
    /// <param name="address">Of the latter.</param>
    /// <param name="toNamespace">The network namespace inside the former; null is its first one.</param>
    /// <param name="fromNamespace">The same of the latter.</param>
    public static void AssertArrivesWhole(Vm to, Vm from, string address, string? toNamespace = null, string? fromNamespace = null)
    {
        Offer(from, address, fromNamespace);
        string got = to.Run($"{In(toNamespace)}nc.openbsd -d {address} 8080 | sha256sum");
        Assert.That(got, Is.EqualTo(from.Run("cat /tmp/file.sum")));
    }

    /// <summary>Fails unless the file arrives whole, while something is done that must not disturb that.</summary>
    /// <param name="to">The machine that fetches it.</param>
    /// <param name="from">The machine that has it.</param>
    /// <param name="address">Of the latter.</param>
    /// <param name="disturb">Called while it is on its way.</param>
    public static void AssertArrivesWholeInSpiteOf(Vm to, Vm from, string address, Action disturb)
    {
        Offer(from, address, null);
        to.Run($"rm -f /tmp/got; (nc.openbsd -d {address} 8080 | sha256sum >/tmp/hash; mv /tmp/hash /tmp/got) >/dev/null 2>&1 &");
        disturb();
        Until.True(() => to.Try("test -e /tmp/got").Status == 0, TimeSpan.FromMinutes(5), () => "the file arrives");
        Assert.That(to.Run("cat /tmp/got"), Is.EqualTo(from.Run("cat /tmp/file.sum")));
    }

    // In /proc/net/tcp and tcp6, 1F90 is port 8080 and 0A the state of who listens.
    private static void Offer(Vm from, string address, string? networkNamespace) => from.Run(
        $"{In(networkNamespace)}sh -c \"nc.openbsd -l -N {address} 8080 </tmp/file >/dev/null 2>&1 & until grep -q ':1F90 .* 0A ' /proc/net/tcp /proc/net/tcp6; do sleep 0.02; done\"");

    private static string In(string? networkNamespace) => networkNamespace is null ? "" : $"ip netns exec {networkNamespace} ";
}
