using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text;

namespace QemuL2tp.Tests.Linux;

/// <summary>Claims about C's types, constants and functions, as a program that compiles only where the headers say the same.</summary>
internal sealed class CProgram
{
    private readonly StringBuilder _text = new("#define _GNU_SOURCE\n#include <stddef.h>\n#include <limits.h>\n");

    public CProgram(IEnumerable<string> headers)
    {
        foreach (string header in headers)
            _text.Append("#include ").AppendLine(header);
    }

    public override string ToString() => _text.ToString();

    public void AddConstant(string name, object value) => AddAssert($"({name}) == ({Literal(value)})", name);

    /// <summary>A macro that is a pointer, which only its number can be compared of.</summary>
    public void AddPointer(string name, nint value) => AddAssert($"(long)({name}) == {value.ToString(CultureInfo.InvariantCulture)}", name);

    public void AddSizeOf(Type type) => AddAssert($"sizeof({CType(type)}) == {SizeOf(type)}", $"size of {type.Name}");

    /// <param name="type">A struct or union.</param>
    /// <param name="name">Its member in C.</param>
    /// <param name="field">The field that stands for it.</param>
    public void AddMember(Type type, string name, FieldInfo field)
    {
        int size = field.GetCustomAttribute<FixedBufferAttribute>() is { } buffer
            ? buffer.Length * SizeOf(buffer.ElementType)
            : SizeOf(field.FieldType);
        AddAssert($"offsetof({CType(type)}, {name}) == {OffsetOf(type, field)}", $"offset of {type.Name}.{name}");
        AddAssert($"sizeof((({CType(type)} *)0)->{name}) == {size}", $"size of {type.Name}.{name}");
    }

    /// <summary>A number under its name in C: its size, and whether it can be negative.</summary>
    public void AddNumber(Type type, bool isSigned)
    {
        AddSizeOf(type);
        AddAssert($"(({CType(type)})-1 < 1) == {(isSigned ? 1 : 0)}", $"sign of {type.Name}");
    }

    /// <summary>A call with arguments of the claimed types. Conversions that lose something are errors.</summary>
    public void AddFunction(MethodInfo function, string name)
    {
        ParameterInfo[] parameters = function.GetParameters();
        string caller = $"call_{name}_{string.Concat(CType(function.DeclaringType!).Where(char.IsLetter))}_{parameters.Length}_{CType(parameters.LastOrDefault()?.ParameterType ?? typeof(void)).Replace(" *", "_p", StringComparison.Ordinal).Replace(' ', '_')}";
        string declared = string.Join(", ", parameters.Select((p, i) => $"{CType(p.ParameterType)} a{i}"));
        string call = $"{name}({string.Join(", ", parameters.Select((_, i) => $"a{i}"))})";
        Add($"void {caller}({declared});");
        Add($"void {caller}({declared}) {{ (void){call};");
        if (function.ReturnType != typeof(void))
            AddAssert($"sizeof({call}) == {SizeOf(function.ReturnType)}", $"result of {name}");
        Add("}");
    }

    public void AddAssert(string condition, string what) => Add($"_Static_assert({condition}, \"{what}\");");

    private void Add(string line) => _text.AppendLine(line);

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
            : type.Name.EndsWith("_t", StringComparison.Ordinal) ? type.Name
            : "struct " + type.Name;
    }

    private static int SizeOf(Type type) => type.IsPointer
        ? IntPtr.Size
        : (int)typeof(Unsafe).GetMethod(nameof(Unsafe.SizeOf))!.MakeGenericMethod(type).Invoke(null, null)!;

    private static nint OffsetOf(Type type, FieldInfo field) => System.Runtime.InteropServices.Marshal.OffsetOf(type, field.Name);
}
