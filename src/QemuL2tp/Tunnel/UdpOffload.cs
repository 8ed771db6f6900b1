using System.Runtime.InteropServices;
using QemuL2tp.Datagrams;
using QemuL2tp.Options;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace QemuL2tp.Tunnel;

/// <summary>Asks the kernel what its UDP can.</summary>
internal static unsafe class UdpOffload
{
    /// <summary>Why an offload is off, when it is.</summary>
    /// <param name="isOn">What <see cref="IsWanted"/> said.</param>
    /// <param name="option">Our option for it.</param>
    /// <param name="wanted">The option's value.</param>
    /// <param name="udp">Whether it is a UDP socket.</param>
    /// <param name="needs">The kernel that has it.</param>
    public static OffloadStatus StatusOf(bool isOn, string option, OffloadSwitch wanted, bool udp, string needs)
    {
        if (isOn)
            return new OffloadStatus(OffloadMode.On);
        return new OffloadStatus(OffloadMode.Off, !udp ? "only UDP has it, and this is raw IP" : wanted == OffloadSwitch.Off ? $"{option}=off" : $"this kernel does not have it: {needs}");
    }

    /// <summary>Whether an offload is wanted and to be had.</summary>
    /// <param name="descriptor">The socket.</param>
    /// <param name="name">The offload as a socket option of UDP.</param>
    /// <param name="option">Our option for it.</param>
    /// <param name="wanted">The option's value.</param>
    /// <param name="udp">Whether it is a UDP socket.</param>
    /// <param name="needs">For the remedy: the kernel that has it.</param>
    /// <exception cref="UserErrorException">It is not to be had and must be.</exception>
    public static bool IsWanted(int descriptor, int name, string option, OffloadSwitch wanted, bool udp, string needs)
    {
        if (wanted == OffloadSwitch.Off || !udp)
            return false;
        int value;
        socklen_t length = sizeof(int);
        if (getsockopt(descriptor, IPPROTO_UDP, name, &value, &length) == 0)
            return true;
        return wanted == OffloadSwitch.Auto
            ? false
            : throw new UserErrorException($"{option}=on: the kernel cannot: {Marshal.GetPInvokeErrorMessage(errno)}", $"{needs}; {option}=auto uses it where it is to be had") { Option = option, Value = "on" };
    }
}
