namespace QemuL2tp.QemuCommandLine;

/// <summary>What vhost-user does not go together with.</summary>
/// <param name="Why">As a sentence.</param>
/// <param name="Change">What would have to be changed, as a command to the user; null: nothing helps.</param>
/// <param name="IsOption">Whether that is one option of this program, and nothing of QEMU's.</param>
internal sealed record Obstacle(string Why, string? Change, bool IsOption = false);
