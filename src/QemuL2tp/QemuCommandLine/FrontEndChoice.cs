using QemuL2tp.Options;

namespace QemuL2tp.QemuCommandLine;

/// <summary>What the user wants in place of l2tpv3.</summary>
internal enum FrontEndWish
{
    /// <summary>The fastest one that surely works with the machine as it is.</summary>
    Auto,

    /// <summary>A stream socket.</summary>
    Stream,

    /// <summary>vhost-user, and memory that is shared for it.</summary>
    VhostUser,
}

/// <summary>What QEMU is told in place of an l2tpv3 back end.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Why">Why it is that one.</param>
/// <param name="Faster">What would be faster, and how to get it; null when nothing is.</param>
internal sealed record FrontEndChoice(FrontendKind Kind, string Why, string? Faster)
{
    private const string VhostUserIsFaster = "vhost-user would be faster: ";

    /// <summary>The user left the choice to us, and one option of this program would have made it the faster one.</summary>
    public bool IsOneOptionAway { get; init; }

    /// <param name="words">The command line, program first.</param>
    /// <param name="pseudowire">One back end of it.</param>
    /// <param name="wish">What the user wants.</param>
    /// <param name="version">Of that QEMU.</param>
    /// <exception cref="UserErrorException">vhost-user is wanted and cannot be.</exception>
    public static FrontEndChoice For(IReadOnlyList<string> words, L2tpv3Argument pseudowire, FrontEndWish wish, QemuVersion version)
    {
        var nic = NicOfNetdev.Find(words, pseudowire);
        if (wish == FrontEndWish.VhostUser)
        {
            Require(pseudowire, nic);
            return new FrontEndChoice(FrontendKind.VhostUser, "--frontend vhost-user asks for it", null);
        }

        Obstacle? obstacle = ToVhostUser(words, pseudowire, nic, version);
        if (wish == FrontEndWish.Auto && obstacle is null)
            return new FrontEndChoice(FrontendKind.VhostUser, "the NIC is virtio and the guest's memory is shared", null);
        // The nested keys of stream exist in -netdev only. socket has the same framing.
        FrontendKind kind = pseudowire.Option == NetOption.Netdev && version.IsAtLeast(7, 2) ? FrontendKind.Stream : FrontendKind.Socket;
        string why = wish == FrontEndWish.Stream ? "--frontend stream asks for it" : obstacle!.Why;
        return new FrontEndChoice(kind, why, obstacle is null ? VhostUserIsFaster + "leave out --frontend stream" : obstacle.Change is { } change ? VhostUserIsFaster + change : null)
        {
            IsOneOptionAway = wish == FrontEndWish.Auto && obstacle is { IsOption: true },
        };
    }

    /// <summary>Whether QEMU would crash with vhost-user when the guest's driver starts: 7.2 does without KVM, in its handling of MSI-X; 10.0 does not.</summary>
    public static bool Crashes(IReadOnlyList<string> words, NicOfNetdev nic, QemuVersion version) =>
        !version.IsAtLeast(10, 0) && !nic.HasNoVectors && !Accelerators.IsKvm(words);

    /// <summary>Why a machine, as it is, has no vhost-user.</summary>
    private static Obstacle? ToVhostUser(IReadOnlyList<string> words, L2tpv3Argument pseudowire, NicOfNetdev nic, QemuVersion version)
    {
        if (nic.Obstacle is { } obstacle)
            return obstacle;
        if (!nic.IsVirtio)
            return new Obstacle(nic.Driver is null && pseudowire.Option == NetOption.Netdev ? "no -device uses it" : $"its NIC is {DriverName(nic)}", "write virtio-net-pci for its NIC, and --frontend vhost-user");
        // Memory that is not shared stays so: shared memory is slower without huge pages, is not merged by KSM, and has another
        // name in a migration. That is for the user to decide.
        if (!new GuestMemoryArguments(words).IsShared)
            return new Obstacle("the guest's memory is not shared", "write --frontend vhost-user, which shares it", IsOption: true);
        return Crashes(words, nic, version) ? new Obstacle("QEMU before 10.0 crashes with vhost-user where KVM is not sure", "write -accel kvm, or vectors=0 on the device") : null;
    }

    private static void Require(L2tpv3Argument pseudowire, NicOfNetdev nic)
    {
        string origin = $"--frontend vhost-user: {pseudowire.Word} {pseudowire.Text}";
        if (nic.Obstacle is { } obstacle)
            throw new UserErrorException($"{origin}: {obstacle.Why}", $"Leave out --frontend vhost-user{(obstacle.Change is { } change ? $", or {change}" : "")}.") { Option = "--frontend", Value = "vhost-user" };
        // A device may come later, by device_add; the NIC of -nic is there, and not virtio unless it says so.
        if (!nic.IsVirtio && (nic.Driver is not null || pseudowire.Option == NetOption.Nic))
            throw new UserErrorException($"{origin}: its NIC is {DriverName(nic)}", "vhost-user needs a virtio-net NIC: write virtio-net-pci, or leave out --frontend vhost-user.") { Option = "--frontend", Value = "vhost-user" };
    }

    private static string DriverName(NicOfNetdev nic) => nic.Driver ?? "the machine's default";
}
