using Microsoft.CodeAnalysis;

namespace QemuL2tp.Tests.Architecture;

/// <summary>What users of the package can name: its public types and members, as text.</summary>
internal static class PublicSurface
{
    private static readonly SymbolDisplayFormat s_member = new(
        typeQualificationStyle: SymbolDisplayTypeQualificationStyle.NameAndContainingTypes,
        genericsOptions: SymbolDisplayGenericsOptions.IncludeTypeParameters | SymbolDisplayGenericsOptions.IncludeTypeConstraints | SymbolDisplayGenericsOptions.IncludeVariance,
        memberOptions: SymbolDisplayMemberOptions.IncludeAccessibility | SymbolDisplayMemberOptions.IncludeModifiers | SymbolDisplayMemberOptions.IncludeType
            | SymbolDisplayMemberOptions.IncludeRef | SymbolDisplayMemberOptions.IncludeParameters | SymbolDisplayMemberOptions.IncludeConstantValue,
        parameterOptions: SymbolDisplayParameterOptions.IncludeType | SymbolDisplayParameterOptions.IncludeName | SymbolDisplayParameterOptions.IncludeDefaultValue
            | SymbolDisplayParameterOptions.IncludeModifiers,
        propertyStyle: SymbolDisplayPropertyStyle.NameOnly,
        miscellaneousOptions: SymbolDisplayMiscellaneousOptions.UseSpecialTypes | SymbolDisplayMiscellaneousOptions.IncludeNullableReferenceTypeModifier
            | SymbolDisplayMiscellaneousOptions.EscapeKeywordIdentifiers);

    /// <summary>With its keyword: <c>readonly record struct</c>.</summary>
    private static readonly SymbolDisplayFormat s_type = new(
        typeQualificationStyle: SymbolDisplayTypeQualificationStyle.NameAndContainingTypesAndNamespaces,
        genericsOptions: s_member.GenericsOptions,
        kindOptions: SymbolDisplayKindOptions.IncludeTypeKeyword,
        miscellaneousOptions: s_member.MiscellaneousOptions);

    /// <summary>A line for each type, and below it one for each of its members, sorted.</summary>
    public static string Of(SourceModel sources, string folder) => string.Concat(sources.TypesIn(folder)
        .Where(IsVisible)
        .OrderBy(type => type.ToDisplayString(), StringComparer.Ordinal)
        .SelectMany(Lines)
        .Select(line => line + "\n"));

    private static IEnumerable<string> Lines(INamedTypeSymbol type) =>
    [
        Described(type),
        .. type.GetMembers().Where(IsMember).Select(member => "    " + Described(member)).Order(StringComparer.Ordinal),
    ];

    private static bool IsMember(ISymbol member) =>
        IsVisible(member)
        && member is not INamedTypeSymbol
        && member is not IMethodSymbol { AssociatedSymbol: not null }
        && (!member.IsImplicitlyDeclared || IsDefaultConstructor(member));

    /// <summary>One that nobody has written, and that anybody may call.</summary>
    private static bool IsDefaultConstructor(ISymbol member) =>
        member is IMethodSymbol { MethodKind: MethodKind.Constructor, Parameters.Length: 0, ContainingType.TypeKind: TypeKind.Class };

    private static bool IsVisible(ISymbol symbol) =>
        symbol.DeclaredAccessibility is Accessibility.Public or Accessibility.Protected or Accessibility.ProtectedOrInternal
        && (symbol.ContainingType is null || IsVisible(symbol.ContainingType));

    private static string Described(INamedTypeSymbol type)
    {
        string modifiers = type switch
        {
            { IsStatic: true } => "static ",
            { TypeKind: TypeKind.Class, IsAbstract: true } => "abstract ",
            { TypeKind: TypeKind.Class, IsSealed: true } => "sealed ",
            _ => "",
        };
        string[] bases =
        [
            .. type.BaseType is { SpecialType: SpecialType.None } parent ? [parent.ToDisplayString(s_member)] : Array.Empty<string>(),
            // What a record compares by comes with it.
            .. type.Interfaces.Where(each => !type.IsRecord || each.Name != nameof(IEquatable<int>)).Select(each => each.ToDisplayString(s_member)).Order(StringComparer.Ordinal),
        ];
        return $"public {modifiers}{type.ToDisplayString(s_type)}{(bases.Length == 0 ? "" : " : " + string.Join(", ", bases))}";
    }

    private static string Described(ISymbol member) => member.ToDisplayString(s_member) + (member is IPropertySymbol property ? Accessors(property) : "");

    private static string Accessors(IPropertySymbol property)
    {
        string set = property.SetMethod is { } method && IsVisible(method) ? method.IsInitOnly ? " init;" : " set;" : "";
        return $" {{{(property.GetMethod is null ? "" : " get;")}{set} }}";
    }
}
