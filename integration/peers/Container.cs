using System.Globalization;

namespace QemuL2tp.Integration.Peers;

/// <summary>A small Debian without .NET, with systemd as its first process and nothing but a loopback for a network.</summary>
internal sealed class Container : IDisposable
{
    private readonly string _name = $"qemu-l2tp-{Guid.NewGuid():N}";
    private readonly Child _process;

    private Container()
    {
        Root = Path.Combine(Settings.RunDirectory, "container");
        Directory.CreateDirectory(Root);
        Child.Shell($"tar -C {Root} -xf {Settings.Container}", minutes: 10);
        _process = Child.Start("container", Path.Combine(Settings.Sources, "integration/peers/boot-container"), [Root, _name]);
    }

    /// <summary>Its root directory as the host sees it, without what is mounted there.</summary>
    public string Root { get; }

    /// <summary>Its first process.</summary>
    private string Leader => File.ReadAllText($"/proc/{_process.Id}/task/{_process.Id}/children").Trim();

    /// <summary>Boots one; skips the case where that cannot be done.</summary>
    public static Container Boot()
    {
        if (!File.Exists(Settings.Container))
            Assert.Ignore($"the container could not be built: {Settings.Container}");
        var container = new Container();
        Until.True(container.IsUp, TimeSpan.FromMinutes(10), "the container is up");
        return container;
    }

    /// <summary>Runs shell text in it; anything but status 0 is an error.</summary>
    public string Run(string text) => Child.Shell($"exec nsenter --target {Leader} --all bash -euc {Quoted(text)}", minutes: 10);

    /// <summary>A path in it, mounts included, for this process.</summary>
    public string PathOf(string path) => $"/proc/{Leader}/root{path}";

    public void Dispose()
    {
        // With its first process all end, but not with the one that has booted it.
        if (_process.Running && Leader.Length > 0)
            Signals.Send(int.Parse(Leader, CultureInfo.InvariantCulture), 9);
        _process.WaitForExit();
        _process.Dispose();
        // Control groups are what the kernel leaves.
        Child.Shell($$"""
            while groups=$(compgen -G "/sys/fs/cgroup/{{_name}}*"; compgen -G "/sys/fs/cgroup/*/{{_name}}*"; true) && [[ -n $groups ]]; do
                find $groups -depth -type d -exec rmdir {} + 2>/dev/null || sleep 0.1
            done
            """);
    }

    private bool IsUp()
    {
        if (!_process.Running)
            Assert.Ignore($"a container cannot be booted here: {_process.Error}");
        try
        {
            return Run("systemctl is-system-running || true").Trim() is "running" or "degraded";
        }
        catch (InvalidOperationException)
        {
            return false; // Its first process is not there yet, or does not answer yet.
        }
    }

    private static string Quoted(string text) => $"'{text.Replace("'", @"'\''")}'";
}
