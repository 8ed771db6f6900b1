namespace QemuL2tp.Integration.Peers;

/// <summary>What <c>integration/run</c> hands over in the environment.</summary>
internal static class Settings
{
    /// <summary>The published program under test.</summary>
    public static string Program => Required("QEMU_L2TP");

    /// <summary>The QEMU under test: it runs the guests. The Linux peer always runs in the installed one.</summary>
    public static string Qemu => Environment.GetEnvironmentVariable("QEMU") ?? InstalledQemu;

    public static string InstalledQemu => "qemu-system-x86_64";

    public static string Kernel => Required("KERNEL");

    public static string Initramfs => Required("INITRAMFS");

    public static string Results => Required("RESULTS");

    /// <summary>Sockets and scratch files of this run; removed by <c>integration/run</c>.</summary>
    public static string RunDirectory => Required("RUN_DIRECTORY");

    /// <summary>True with <c>BACKEND=qemu</c>: QEMU's own l2tpv3 takes the place of qemu-l2tp, to compare.</summary>
    public static bool BuiltInBackEnd => Environment.GetEnvironmentVariable("BACKEND") == "qemu";

    private static string Required(string name) =>
        Environment.GetEnvironmentVariable(name)
        ?? throw new InvalidOperationException($"{name} is not set; start this with integration/run");
}
