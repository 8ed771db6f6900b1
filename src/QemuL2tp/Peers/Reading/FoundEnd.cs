using QemuL2tp.Options;

namespace QemuL2tp.Peers.Reading;

/// <summary>One end of a pseudowire, read from text.</summary>
/// <param name="Options">The end that was told these commands.</param>
/// <param name="Line">Where it was told last, from 1.</param>
/// <param name="Place">The host and the namespace as far as the text says it.</param>
internal sealed record FoundEnd(L2tpv3Options Options, int Line, string Place);
