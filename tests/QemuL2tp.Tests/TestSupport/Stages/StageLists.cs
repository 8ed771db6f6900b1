using QemuL2tp.Frames;

namespace QemuL2tp.Tests.TestSupport.Stages;

/// <summary>Lists of test stages, alone and together, which leave the frames' bytes in their order.</summary>
internal static class StageLists
{
    private const int DelayMilliseconds = 3;

    /// <summary>Each with a name for the test case.</summary>
    public static IReadOnlyList<(string Name, Func<IFrameStage>[] Stages)> Named { get; } =
    [
        ("none", []),
        ("split", [Split]),
        ("join", [Join]),
        ("delay", [Delay]),
        ("split, join", [Split, Join]),
        ("join, split", [Join, Split]),
        ("split, split", [Split, Split]),
        ("delay, split, join", [Delay, Split, Join]),
        ("split, delay, join", [Split, Delay, Join]),
        ("join, join, delay", [Join, Join, Delay]),
    ];

    public static IEnumerable<TestCaseData> All => Named.Select(list => new TestCaseData(new object[] { list.Stages }).SetArgDisplayNames(list.Name));

    private static IFrameStage Split() => new SplitInThree();

    private static IFrameStage Join() => new JoinThree();

    private static IFrameStage Delay() => new DelayByTimer(DelayMilliseconds);
}
