namespace QemuL2tp.Integration.Performance;

/// <summary>One run of iperf3 through one port of the guest.</summary>
/// <param name="Megabits">Received per second.</param>
/// <param name="Qemu">Seconds of processor time of the guest's QEMU for each gigabyte that was received.</param>
/// <param name="Ours">The same of the qemu-l2tp beside it.</param>
internal sealed record GuestTcpSample(double Megabits, double Qemu, double Ours);
