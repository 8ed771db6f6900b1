namespace QemuL2tp.Peers.Reading;

/// <summary>Commands that another command writes, perhaps for one that runs them.</summary>
/// <param name="Talker">Such as <c>echo</c>.</param>
/// <param name="Text">What it writes.</param>
/// <param name="Line">Where it is.</param>
internal sealed record FoundTalk(string Talker, string Text, int Line);
