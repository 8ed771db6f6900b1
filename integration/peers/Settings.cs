using System.Globalization;

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

    /// <summary>The checkout.</summary>
    public static string Sources => Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "../../../.."));

    /// <summary>What <c>qemu-scripts/build-deb</c> has made.</summary>
    public static string DebianPackage => Required("DEB");

    /// <summary>The self-contained program for this machine.</summary>
    public static string SingleFile => Required("SINGLE_FILE");

    /// <summary>The same for another machine, or why it could not be made.</summary>
    public static string SingleFileArm64 => Required("ARM64");

    /// <summary>The directory with what <c>dotnet pack</c> has made.</summary>
    public static string Packages => Required("PACKAGES");

    /// <summary>A tar file of the machine that packages are installed on, or why there is none.</summary>
    public static string Container => Required("CONTAINER");

    /// <summary>QEMU 9 or later, or why there is none.</summary>
    public static string NewerQemu => Required("NEWER_QEMU");

    /// <summary>DPDK's testpmd, or why there is none.</summary>
    public static string Testpmd => Required("TESTPMD");

    /// <summary>True with <c>BACKEND=qemu</c>: QEMU's own l2tpv3 takes the place of qemu-l2tp, to compare.</summary>
    public static bool BuiltInBackEnd => Environment.GetEnvironmentVariable("BACKEND") == "qemu";

    /// <summary>Rounds of <c>PerformanceOfGuestTcp</c>.</summary>
    public static int Rounds => Number("ROUNDS", 5);

    /// <summary>Seconds of each of its samples.</summary>
    public static int SecondsEach => Number("SECONDS_EACH", 2);

    private static int Number(string name, int otherwise) => Environment.GetEnvironmentVariable(name) switch
    {
        null or "" => otherwise,
        var text when int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number > 0 => number,
        var text => throw new InvalidOperationException($"{name}={text} is not a number above 0; leave it out for {otherwise}"),
    };

    private static string Required(string name) =>
        Environment.GetEnvironmentVariable(name)
        ?? throw new InvalidOperationException($"{name} is not set; start this with integration/run");
}
