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

/// <summary>Decides what QEMU is told in place of an l2tpv3 back end.</summary>
internal static class FrontEndChoice
{
    /// <param name="words">The command line, program first.</param>
    /// <param name="pseudowire">One back end of it.</param>
    /// <param name="wish">What the user wants.</param>
    /// <param name="version">Of that QEMU.</param>
    /// <exception cref="UserErrorException">vhost-user is wanted and cannot be.</exception>
    public static FrontendKind For(IReadOnlyList<string> words, L2tpv3Argument pseudowire, FrontEndWish wish, QemuVersion version)
    {
        var nic = NicOfNetdev.Find(words, pseudowire);
        bool isVhostUser = wish switch
        {
            FrontEndWish.VhostUser => Require(pseudowire, nic),
            // Memory that is not shared stays so: shared memory is slower without huge pages, is not merged by KSM, and has another
            // name in a migration. That is for the user to decide.
            FrontEndWish.Auto => nic is { IsVirtio: true, Obstacle: null } && new GuestMemoryArguments(words).IsShared && !Crashes(words, nic, version),
            _ => false,
        };
        // The nested keys of stream exist in -netdev only. socket has the same framing.
        return isVhostUser ? FrontendKind.VhostUser
            : pseudowire.Option == NetOption.Netdev && version.IsAtLeast(7, 2) ? FrontendKind.Stream
            : FrontendKind.Socket;
    }

    /// <summary>Whether QEMU would crash with vhost-user when the guest's driver starts: 7.2 does without KVM, in its handling of MSI-X; 10.0 does not.</summary>
    public static bool Crashes(IReadOnlyList<string> words, NicOfNetdev nic, QemuVersion version) =>
        !version.IsAtLeast(10, 0) && !nic.HasNoVectors && !Accelerators.IsKvm(words);

    private static bool Require(L2tpv3Argument pseudowire, NicOfNetdev nic)
    {
        string origin = $"--front-end vhost-user: {pseudowire.Word} {pseudowire.Text}";
        if (nic.Obstacle is { } obstacle)
            throw new UserErrorException($"{origin}: {obstacle}", "Leave out --front-end vhost-user, or give it a NIC of its own: -netdev l2tpv3,id=ID,... -device virtio-net-pci,netdev=ID");
        // A device may come later, by device_add; the NIC of -nic is there, and not virtio unless it says so.
        if (!nic.IsVirtio && (nic.Driver is not null || pseudowire.Option == NetOption.Nic))
            throw new UserErrorException($"{origin}: its NIC is {nic.Driver ?? "the machine's default"}", "vhost-user needs a virtio-net NIC: write virtio-net-pci, or leave out --front-end vhost-user.");
        return true;
    }
}
