namespace QemuL2tp.Integration.Peers;

/// <summary>A file of random bytes over TCP from one machine to another.</summary>
internal static class FileTransfer
{
    public static void Prepare(Vm vm, int bytes) => vm.Run($"head -c {bytes} /dev/urandom >/tmp/file");

    /// <summary>Fails unless the file arrives with the checksum it left with.</summary>
    /// <param name="to">The machine that fetches it.</param>
    /// <param name="from">The machine that has it.</param>
    /// <param name="address">Of the latter.</param>
    public static void AssertArrivesWhole(Vm to, Vm from, string address)
    {
        // In /proc/net/tcp, 1F90 is port 8080 and 0A the state of who listens.
        from.Run($"nc.openbsd -l -N {address} 8080 </tmp/file >/dev/null 2>&1 & until grep -q ':1F90 .* 0A ' /proc/net/tcp; do sleep 0.02; done");
        string got = to.Run($"nc.openbsd -d {address} 8080 | sha256sum");
        Assert.That(got, Is.EqualTo(from.Run("sha256sum </tmp/file")));
    }
}
