using QemuL2tp.Integration.Peers;

namespace QemuL2tp.Integration.Performance;

/// <summary>A network stack of the host in a guest's place, on a vhost-user socket of qemu-l2tp (<c>vhost-tap.c</c>).</summary>
internal static class VhostTap
{
    private static readonly Lazy<string> s_program = new(() =>
    {
        string program = Path.Combine(Settings.RunDirectory, "vhost-tap");
        Child.Shell($"cc -O2 -o {program} {Path.Combine(Settings.Sources, "integration/performance/vhost-tap.c")}");
        return program;
    });

    /// <param name="socket">Where qemu-l2tp listens.</param>
    /// <param name="link">The name of the new interface.</param>
    /// <param name="address">Its address.</param>
    /// <param name="mtu">Its MTU.</param>
    /// <param name="networkNamespace">Where it is; null is this process's own.</param>
    public static Child Start(string socket, string link, string address, int mtu, string? networkNamespace = null)
    {
        var tap = Child.Start($"vhost-tap-{link}", s_program.Value, [socket, link], networkNamespace);
        Until.True(() => tap.Output.Contains("ready", StringComparison.Ordinal) || !tap.Running, () => $"{tap.Name} is ready");
        Child.Shell($"ip link set {link} mtu {mtu} up; ip address add {address}/24 dev {link}", networkNamespace);
        return tap;
    }
}
