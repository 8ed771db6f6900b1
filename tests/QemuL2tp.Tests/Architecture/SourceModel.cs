using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using QemuL2tp.Tests.TestSupport;

namespace QemuL2tp.Tests.Architecture;

/// <summary>All that is under <c>src</c>, in one compilation, to ask which symbols a file names. What source generators add is not there.</summary>
internal sealed class SourceModel
{
    private const string ImplicitUsings = """
        global using System; global using System.Collections.Generic; global using System.IO; global using System.Linq;
        global using System.Net.Http; global using System.Threading; global using System.Threading.Tasks;
        """;

    private static readonly Lazy<SourceModel> s_ours = new(() => new SourceModel());
    private readonly CSharpCompilation _sources;

    private SourceModel()
    {
        string root = Path.Combine(Repository.Root, "src");
        IEnumerable<SyntaxTree> trees = Repository.SourcesUnder("src")
            .AsParallel().AsOrdered()
            .Select(path => Parse(Path.GetRelativePath(root, path), File.ReadAllText(path)))
            .Append(Parse("", ImplicitUsings));
        // Of the programs' own assemblies the sources are there.
        IEnumerable<string> assemblies = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!)
            .Split(Path.PathSeparator)
            .Where(path => !Path.GetFileName(path).StartsWith("QemuL2tp", StringComparison.Ordinal));
        _sources = CSharpCompilation.Create(
            "QemuL2tp",
            trees,
            assemblies.Select(path => MetadataReference.CreateFromFile(path)),
            new CSharpCompilationOptions(OutputKind.ConsoleApplication, allowUnsafe: true, nullableContextOptions: NullableContextOptions.Enable));
    }

    public static SourceModel Ours => s_ours.Value;

    /// <summary>One for each source file; its path is that below <c>src</c>.</summary>
    public IEnumerable<SemanticModel> Models() =>
        _sources.SyntaxTrees.Where(tree => tree.FilePath.Length > 0).Select(tree => _sources.GetSemanticModel(tree));

    /// <summary>All types that are declared below a folder of <c>src</c>, those inside of others too.</summary>
    public IEnumerable<INamedTypeSymbol> TypesIn(string folder) => TypesIn(_sources.Assembly.GlobalNamespace)
        .Where(type => type.DeclaringSyntaxReferences.Any(place => place.SyntaxTree.FilePath.StartsWith(folder + '/', StringComparison.Ordinal)));

    /// <summary>One more file.</summary>
    public SemanticModel With(string path, string source)
    {
        SyntaxTree tree = Parse(path, source);
        return _sources.AddSyntaxTrees(tree).GetSemanticModel(tree);
    }

    /// <summary>The types, members and, in <c>using</c> lines, namespaces that stand in a file by name. What <c>var</c> stands for has no name there.</summary>
    public static IEnumerable<ISymbol> NamedIn(SemanticModel file)
    {
        foreach (SyntaxNode node in file.SyntaxTree.GetRoot().DescendantNodes())
        {
            ISymbol? symbol = node switch
            {
                UsingDirectiveSyntax { NamespaceOrType: { } name } => SymbolOf(file, name),
                SimpleNameSyntax { IsVar: false } name when SymbolOf(file, name) is ITypeSymbol or IMethodSymbol or IPropertySymbol or IFieldSymbol or IEventSymbol => SymbolOf(file, name),
                _ => null,
            };
            if (symbol is not null and not ITypeParameterSymbol)
                yield return symbol;
        }
    }

    /// <summary><c>Space.Type.Member</c>, without what it is generic in; of a namespace with a dot behind.</summary>
    public static string FullNameOf(ISymbol symbol) => symbol switch
    {
        INamespaceSymbol space => space.ToDisplayString() + '.',
        { ContainingType: { } type } => $"{FullNameOf(type)}.{symbol.Name}",
        { ContainingNamespace: { IsGlobalNamespace: false } space } => $"{space.ToDisplayString()}.{symbol.Name}",
        _ => symbol.Name,
    };

    private static IEnumerable<INamedTypeSymbol> TypesIn(INamespaceOrTypeSymbol place) => place.GetMembers().OfType<INamespaceOrTypeSymbol>()
        .SelectMany(member => member is INamedTypeSymbol type ? TypesIn(type).Prepend(type) : TypesIn(member));

    private static ISymbol? SymbolOf(SemanticModel file, SyntaxNode name)
    {
        SymbolInfo info = file.GetSymbolInfo(name);
        return info.Symbol ?? info.CandidateSymbols.FirstOrDefault();
    }

    private static SyntaxTree Parse(string path, string source) => CSharpSyntaxTree.ParseText(source, new CSharpParseOptions(LanguageVersion.Latest), path);
}
