namespace QemuL2tp.Peers.Reading.Shell;

/// <summary>A place in a script that is entered as a whole.</summary>
/// <param name="Function">The function; null outside of all.</param>
/// <param name="Branch">Counts the branches of <c>case</c> and the functions from 0.</param>
internal readonly record struct ShellScope(string? Function, int Branch);

/// <summary>A simple command of shell text, not expanded yet.</summary>
/// <param name="Line">Where it begins, from 1.</param>
/// <param name="Words">At least one.</param>
/// <param name="Scope">Where in the script it stands.</param>
/// <param name="Input">Its here-document.</param>
/// <param name="IsPiped">Whether the next command reads what it writes.</param>
internal sealed record RawCommand(int Line, IReadOnlyList<RawWord> Words, ShellScope Scope, HereDocument? Input, bool IsPiped = false);
