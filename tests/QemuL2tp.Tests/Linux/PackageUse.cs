using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;
using System.Runtime.InteropServices;
using QemuL2tp.Frames;
using QemuL2tp.Linux;
using Tmds.Linux;

namespace QemuL2tp.Tests.Linux;

/// <summary>A type or member of the package Tmds.LibC that one of our assemblies names in its metadata.</summary>
/// <param name="Type">The type, or the one that has the member.</param>
/// <param name="Member">The member; null: the type itself.</param>
internal sealed record PackageUse(Type Type, MemberInfo? Member)
{
    private const BindingFlags Fields = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance;

    /// <summary>Everything that is used, once.</summary>
    public static IReadOnlyList<PackageUse> All { get; } = [.. Ours.SelectMany(UsesIn).Distinct()];

    /// <summary>The functions among it.</summary>
    public static IEnumerable<MethodInfo> Functions => All.Select(use => use.Member).OfType<MethodInfo>().Where(method => ImportOf(method) is not null);

    private static IEnumerable<Assembly> Ours => [typeof(Glibc).Assembly, typeof(FrameBatch).Assembly, typeof(global::QemuL2tp.Cli.BackEnd).Assembly, typeof(PackageUse).Assembly];

    /// <summary>A size_t or the like: one number, with operators of C#'s.</summary>
    private bool IsNumber => ValueField is not null;

    private FieldInfo? ValueField => Type.GetField("__value", Fields);

    public static DllImportAttribute? ImportOf(MethodInfo method) => method.GetCustomAttribute<DllImportAttribute>();

    /// <summary>Writes down what is claimed by it.</summary>
    /// <exception cref="InvalidOperationException">No claim can be made of it.</exception>
    public void ClaimIn(CProgram c)
    {
        if (Member is null)
            ClaimTypeIn(c);
        else if (Type == typeof(LibC))
            ClaimStaticIn(c, (MethodInfo)Member);
        else if (!IsNumber)
            c.AddMember(Type, NameInC(Member), FieldFor(Member));
    }

    private void ClaimTypeIn(CProgram c)
    {
        if (!Type.IsValueType)
            return;
        if (ValueField is { } value)
            c.AddNumber(Type, value.FieldType == typeof(int) || value.FieldType == typeof(long));
        else
            c.AddSizeOf(Type);
    }

    private static void ClaimStaticIn(CProgram c, MethodInfo method)
    {
        if (ImportOf(method) is { } import)
        {
            c.AddFunction(method, import.EntryPoint ?? method.Name);
            return;
        }

        // Not constants: tests of their own.
        if (method.Name is "get_errno" or nameof(LibC.CMSG_DATA))
            return;
        if (!method.Name.StartsWith("get_", StringComparison.Ordinal))
            throw new InvalidOperationException($"{method} of Tmds.LibC is used and not proven");
        object value = method.Invoke(null, null)!;
        if (method.ReturnType.IsPointer)
            c.AddPointer(method.Name[4..], PointerValue(value));
        else
            c.AddConstant(method.Name[4..], value.GetType().GetField("__value", Fields)?.GetValue(value) ?? value);
    }

    private static string NameInC(MemberInfo member) => member is MethodInfo accessor ? accessor.Name[4..] : member.Name;

    private FieldInfo FieldFor(MemberInfo member) =>
        member as FieldInfo
        ?? Type.GetField($"<{NameInC(member)}>k__BackingField", Fields)
        ?? Type.GetField($"_{NameInC(member)}", Fields)
        ?? Type.GetField($"__{NameInC(member)}", Fields)
        ?? throw new InvalidOperationException($"{Type.Name}.{member.Name} of Tmds.LibC is used and no field is found behind it");

    private static unsafe nint PointerValue(object value) => (nint)Pointer.Unbox(value);

    private static IEnumerable<PackageUse> UsesIn(Assembly assembly)
    {
        using var file = new PEReader(File.OpenRead(assembly.Location));
        MetadataReader metadata = file.GetMetadataReader();
        Module module = assembly.ManifestModule;
        List<PackageUse> uses = [];
        foreach (TypeReferenceHandle handle in metadata.TypeReferences)
        {
            // What is nested is the element of an array in a struct.
            if (module.ResolveType(MetadataTokens.GetToken(handle)) is { IsNested: false } type && IsOfPackage(type))
                uses.Add(new PackageUse(type, null));
        }

        foreach (MemberReferenceHandle handle in metadata.MemberReferences)
        {
            if (metadata.GetMemberReference(handle).Parent.Kind == HandleKind.TypeReference
                && module.ResolveMember(MetadataTokens.GetToken(handle)) is { DeclaringType: { IsNested: false } parent } member && IsOfPackage(parent))
            {
                uses.Add(new PackageUse(parent, member));
            }
        }

        return uses;
    }

    private static bool IsOfPackage(Type type) => type.Assembly == typeof(LibC).Assembly;
}
