namespace QemuL2tp.Peers.Reading;

/// <summary>A simple command of shell text.</summary>
/// <param name="Line">Where it begins, from 1.</param>
/// <param name="Words">Its words without their quotes.</param>
internal sealed record ShellCommand(int Line, IReadOnlyList<string> Words);
