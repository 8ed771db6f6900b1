using NUnit.Framework.Interfaces;
using NUnit.Framework.Internal;

namespace QemuL2tp.Integration.Runner;

/// <summary>Chooses the cases whose printed name contains one of the texts; all when there is none.</summary>
internal sealed class NameFilter(IReadOnlyCollection<string> texts) : TestFilter
{
    public static string NameOf(ITest test)
    {
        string fixture = test.ClassName ?? test.FullName;
        return $"{fixture[(fixture.LastIndexOf('.') + 1)..]}.{test.Name}";
    }

    public override bool Match(ITest test) =>
        !test.IsSuite
        && (texts.Count == 0 || texts.Any(text => NameOf(test).Contains(text, StringComparison.OrdinalIgnoreCase)));

    public override bool Pass(ITest test, bool negated) => test.IsSuite ? MatchDescendant(test) : Match(test);

    public override TNode AddToXml(TNode parentNode, bool recursive) => parentNode.AddElement("names");
}
