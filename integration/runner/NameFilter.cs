using NUnit.Framework.Interfaces;
using NUnit.Framework.Internal;

namespace QemuL2tp.Integration.Runner;

/// <summary>
/// Chooses the cases whose printed name contains one of the texts, whatever the case of letters and without minding "-".
/// When there is none, all; those that only measure just when they are wanted.
/// </summary>
/// <param name="texts">The texts.</param>
/// <param name="measurements">Whether those that only measure are wanted in any case.</param>
/// <param name="isDone">Whether a case of this name is not to run again.</param>
internal sealed class NameFilter(IReadOnlyCollection<string> texts, bool measurements = false, Func<string, bool>? isDone = null) : TestFilter
{
    public static string NameOf(ITest test)
    {
        string fixture = test.ClassName ?? test.FullName;
        return $"{fixture[(fixture.LastIndexOf('.') + 1)..]}.{test.Name}";
    }

    public override bool Match(ITest test) =>
        !test.IsSuite
        && isDone?.Invoke(NameOf(test)) != true
        && (texts.Count == 0 ? measurements || !IsMeasurement(test) : texts.Any(text => Plain(NameOf(test)).Contains(Plain(text), StringComparison.OrdinalIgnoreCase)));

    public override bool Pass(ITest test, bool negated) => test.IsSuite ? MatchDescendant(test) : Match(test);

    public override TNode AddToXml(TNode parentNode, bool recursive) => parentNode.AddElement("names");

    private static bool IsMeasurement(ITest test) => test.FullName.Contains(".Performance.", StringComparison.Ordinal);

    private static string Plain(string text) => text.Replace("-", "", StringComparison.Ordinal);
}
