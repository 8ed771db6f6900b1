namespace QemuL2tp.QemuCommandLine;

/// <summary>What vhost-user does not go together with.</summary>
/// <param name="Why">As a sentence.</param>
/// <param name="Change">What would have to be changed, as a command to the user; null: nothing helps.</param>
internal sealed record Obstacle(string Why, string? Change);
