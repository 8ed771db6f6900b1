using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using QemuL2tp.Tests.TestSupport;

namespace QemuL2tp.Tests.Architecture;

/// <summary>The order of <c>dotnet format</c>, which has no quick way to look at this alone.</summary>
public class UsingOrderTests
{
    [Test]
    public void Namespaces_are_used_in_order_System_first()
    {
        IEnumerable<string> findings = new[] { "src", "tests", "integration" }
            .SelectMany(Repository.SourcesUnder)
            .AsParallel()
            .Where(path => !IsInOrder(File.ReadAllText(path)))
            .Select(path => Path.GetRelativePath(Repository.Root, path));

        Assert.That(findings, Is.Empty);
    }

    [TestCase("using System.Text; using B; using C.D;", ExpectedResult = true)]
    [TestCase("using B; using System.Text;", ExpectedResult = false)]
    [TestCase("using C.D; using C;", ExpectedResult = false)]
    [TestCase("using SystemOfMine; using Own;", ExpectedResult = false)]
    [TestCase("using B; using static A.C; using A = B.D;", ExpectedResult = true)]
    public bool Disorder_is_found(string source) => IsInOrder(source);

    private static bool IsInOrder(string source)
    {
        string[] used = [.. ((CompilationUnitSyntax)CSharpSyntaxTree.ParseText(source).GetRoot()).Usings
            .Where(line => line.Alias is null && line.StaticKeyword.IsKind(SyntaxKind.None))
            .Select(line => line.Name!.ToString())];
        return used.SequenceEqual(used.OrderBy(name => !$"{name}.".StartsWith("System.", StringComparison.Ordinal)).ThenBy(name => name, StringComparer.OrdinalIgnoreCase));
    }
}
