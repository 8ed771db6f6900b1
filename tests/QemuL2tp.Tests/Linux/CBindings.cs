using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using QemuL2tp.Tests.TestSupport;
using Tmds.Linux;

namespace QemuL2tp.Tests.Linux;

/// <summary>
/// Writes down what the libc bindings claim as a C program that compiles only if the system's headers say the same: size
/// and fields of each struct, value of each constant, arguments and result of each function.
/// </summary>
internal static class CBindings
{
    /// <summary>Constants that glibc's headers do not have, only the kernel's <c>&lt;linux/in.h&gt;</c>.</summary>
    private static readonly string[] s_kernelOnly = [nameof(LibC.IPPROTO_L2TP)];

    /// <summary>Structs, which are the public value types next to <see cref="LibC"/>.</summary>
    public static IEnumerable<Type> Structs =>
        typeof(LibC).Assembly.GetTypes().Where(t => t is { IsValueType: true, IsNested: false, Namespace: "Tmds.Linux" });

    /// <summary>Constants, which are C macros or enumerators of the same name.</summary>
    public static IEnumerable<FieldInfo> Constants =>
        typeof(LibC).GetFields(BindingFlags.Public | BindingFlags.Static).Where(f => f.IsLiteral);

    public static IEnumerable<MethodInfo> Functions =>
        typeof(LibC).GetMethods(BindingFlags.Public | BindingFlags.Static).Where(m => m.GetCustomAttribute<LibraryImportAttribute>() is not null);

    /// <summary>The header that the first line of a source file names; null where there is none.</summary>
    public static string? HeaderOf(string path)
    {
        string first = File.ReadLines(path).First();
        return first.StartsWith("// <", StringComparison.Ordinal) ? first[3..] : null;
    }

    public static string Program()
    {
        StringBuilder c = new("#define _GNU_SOURCE\n#include <stddef.h>\n#include <limits.h>\n");
        foreach (string header in Repository.SourcesUnder("src/QemuL2tp.Linux").Select(HeaderOf).OfType<string>())
            c.Append("#include ").AppendLine(header);
        foreach (Type type in Structs)
            AddStruct(c, type);
        foreach (FieldInfo constant in Constants.Where(constant => !s_kernelOnly.Contains(constant.Name)))
            AddConstant(c, constant);
        foreach (FieldInfo layout in typeof(LibC).GetFields(BindingFlags.Public | BindingFlags.Static).Where(f => f.IsInitOnly))
            AddLayout(c, layout.Name, layout.GetValue(null)!);
        foreach (MethodInfo function in Functions)
            AddFunction(c, function);
        return c.ToString();
    }

    /// <summary>The rest: constants for which the kernel's header and glibc's cannot be in one program.</summary>
    public static string KernelProgram()
    {
        StringBuilder c = new("#include <linux/in.h>\n");
        foreach (FieldInfo constant in Constants.Where(constant => s_kernelOnly.Contains(constant.Name)))
            AddConstant(c, constant);
        return c.ToString();
    }

    private static void AddConstant(StringBuilder c, FieldInfo constant) =>
        AddAssert(c, $"({constant.Name}) == ({Literal(constant.GetRawConstantValue()!)})", constant.Name);

    private static void AddStruct(StringBuilder c, Type type)
    {
        AddAssert(c, $"sizeof(struct {type.Name}) == {SizeOf(type)}", $"size of {type.Name}");
        foreach (FieldInfo field in type.GetFields(BindingFlags.Public | BindingFlags.Instance))
        {
            int size = field.GetCustomAttribute<FixedBufferAttribute>() is { } buffer
                ? buffer.Length * SizeOf(buffer.ElementType)
                : SizeOf(field.FieldType);
            AddAssert(c, $"offsetof(struct {type.Name}, {field.Name}) == {Marshal.OffsetOf(type, field.Name)}", $"offset of {type.Name}.{field.Name}");
            AddAssert(c, $"sizeof(((struct {type.Name} *)0)->{field.Name}) == {size}", $"size of {type.Name}.{field.Name}");
        }
    }

    /// <summary>Sizes and offsets that differ by architecture are fields named <c>sizeof_STRUCT</c> and <c>offsetof_STRUCT_FIELD</c>.</summary>
    private static void AddLayout(StringBuilder c, string name, object value)
    {
        string[] parts = name.Split('_', 2);
        string of = parts[1];
        int last = of.LastIndexOf('_');
        string expression = parts[0] == "sizeof" ? $"sizeof({(of.EndsWith("_t", StringComparison.Ordinal) ? "" : "struct ")}{of})" : $"offsetof(struct {of[..last]}, {of[(last + 1)..]})";
        AddAssert(c, $"{expression} == {Literal(value)}", name);
    }

    /// <summary>A call with arguments of the claimed types. Conversions that lose something are errors.</summary>
    private static void AddFunction(StringBuilder c, MethodInfo function)
    {
        string name = function.GetCustomAttribute<LibraryImportAttribute>()!.EntryPoint ?? function.Name;
        ParameterInfo[] parameters = function.GetParameters();
        string declared = string.Join(", ", parameters.Select((p, i) => $"{CType(p.ParameterType)} a{i}"));
        string call = $"{name}({string.Join(", ", parameters.Select((_, i) => $"a{i}"))})";
        c.AppendLine(CultureInfo.InvariantCulture, $"void call_{function.Name}({declared});");
        c.AppendLine(CultureInfo.InvariantCulture, $"void call_{function.Name}({declared}) {{ (void){call};");
        if (function.ReturnType != typeof(void))
            AddAssert(c, $"sizeof({call}) == {SizeOf(function.ReturnType)}", $"result of {name}");
        c.AppendLine("}");
    }

    private static void AddAssert(StringBuilder c, string condition, string what) =>
        c.AppendLine(CultureInfo.InvariantCulture, $"_Static_assert({condition}, \"{what}\");");

    private static string Literal(object value) => value switch
    {
        uint number => number.ToString(CultureInfo.InvariantCulture) + "u",
        ulong number => number.ToString(CultureInfo.InvariantCulture) + "ul",
        _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
    };

    private static string CType(Type type)
    {
        if (type.IsPointer)
            return CType(type.GetElementType()!) + " *";
        return type == typeof(void) ? "void"
            : type == typeof(byte) ? "char"
            : type == typeof(short) ? "short"
            : type == typeof(ushort) ? "unsigned short"
            : type == typeof(int) ? "int"
            : type == typeof(uint) ? "unsigned int"
            : type == typeof(long) || type == typeof(nint) ? "long"
            : type == typeof(ulong) || type == typeof(nuint) ? "unsigned long"
            : "struct " + type.Name;
    }

    private static int SizeOf(Type type) => type.IsPointer
        ? IntPtr.Size
        : (int)typeof(Unsafe).GetMethod(nameof(Unsafe.SizeOf))!.MakeGenericMethod(type).Invoke(null, null)!;
}
