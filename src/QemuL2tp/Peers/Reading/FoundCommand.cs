using QemuL2tp.Peers.Reading.Shell;

namespace QemuL2tp.Peers.Reading;

/// <summary>A command, and where it is run.</summary>
/// <param name="Line">Where it stands, from 1.</param>
/// <param name="Kind">Whose words they are.</param>
/// <param name="Words">Those behind the program's name; all of them for another program.</param>
/// <param name="Place">The host and the namespace as far as the text says it; empty where it says nothing.</param>
/// <param name="Scope">Where in the script it stands.</param>
internal sealed record FoundCommand(int Line, CommandKind Kind, Word[] Words, string Place, ShellScope Scope);
