using System.Runtime.InteropServices;
using QemuL2tp.Integration.Peers;

namespace QemuL2tp.Performance;

/// <summary>Where the figures come from.</summary>
internal sealed record Machine(string Cpu, int Processors, string Kernel, string Qemu, string QemuL2tp, string Dotnet, string Compiler)
{
    public static Machine Describe() => new(
        Child.Shell("sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1").Trim(),
        int.Parse(Child.Shell("nproc --all"), System.Globalization.CultureInfo.InvariantCulture),
        Child.Shell("uname -sr").Trim(),
        FirstLine(Settings.Qemu),
        FirstLine(Settings.Program),
        RuntimeInformation.FrameworkDescription,
        FirstLine("cc"));

    public override string ToString() => $"{Cpu}, {Processors} processors; {Kernel}; {Qemu}; {QemuL2tp}; {Dotnet}; {Compiler}";

    private static string FirstLine(string program) => Child.Shell($"'{program}' --version | head -n 1").Trim();
}
