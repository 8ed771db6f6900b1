using Microsoft.CodeAnalysis;

namespace QemuL2tp.Tests.Architecture;

/// <summary>One name for one thing.</summary>
internal sealed class NameTests
{
    private static readonly INamedTypeSymbol[] s_types =
        [.. new[] { "QemuL2tp", "QemuL2tp.Cli", "QemuL2tp.Linux" }.SelectMany(SourceModel.Ours.TypesIn).Where(type => type.ContainingType is null)];

    [Test]
    public void No_type_has_the_name_of_a_namespace()
    {
        string[] namespaces = [.. s_types.SelectMany(type => type.ContainingNamespace.ToDisplayString().Split('.')).Distinct()];
        Assert.That(namespaces, Does.Contain("Tunnel"));
        Assert.That(s_types.Where(type => namespaces.Contains(type.Name)).Select(SourceModel.FullNameOf), Is.Empty);
    }

    [Test]
    public void No_two_types_have_the_same_name()
    {
        Assert.That(s_types.Select(type => type.Name), Does.Contain("SocketAddress"));
        Assert.That(
            s_types.Where(type => !type.IsFileLocal).GroupBy(type => type.MetadataName).Where(same => same.Count() > 1).SelectMany(same => same.Select(SourceModel.FullNameOf)),
            Is.Empty);
    }
}
