using System.Reflection;
using System.Runtime.InteropServices;
using QemuL2tp.Linux;
using QemuL2tp.Tests.TestSupport;
using Tmds.Linux;

namespace QemuL2tp.Tests.Linux;

/// <summary>
/// What the libc bindings claim, for the C compiler to judge: all of <see cref="Glibc"/>, and of the package Tmds.LibC what
/// our assemblies use.
/// </summary>
internal static class CBindings
{
    /// <summary>Constants that glibc's headers do not have, only the kernel's <c>&lt;linux/in.h&gt;</c>.</summary>
    private static readonly string[] s_kernelOnly = [nameof(Glibc.IPPROTO_L2TP)];

    /// <summary>Headers of what is used of the package.</summary>
    private static readonly string[] s_packageHeaders =
    [
        "<errno.h>", "<fcntl.h>", "<netinet/in.h>", "<netinet/tcp.h>", "<poll.h>", "<signal.h>", "<sys/epoll.h>", "<sys/eventfd.h>", "<sys/mman.h>",
        "<sys/socket.h>", "<sys/stat.h>", "<sys/uio.h>", "<sys/un.h>", "<time.h>", "<unistd.h>", "<linux/errqueue.h>",
    ];

    /// <summary>Structs, which are the public value types next to <see cref="Glibc"/>.</summary>
    public static IEnumerable<Type> Structs =>
        typeof(Glibc).Assembly.GetTypes().Where(t => t is { IsValueType: true, IsNested: false, Namespace: "QemuL2tp.Linux" });

    /// <summary>Constants, which are C macros or enumerators of the same name.</summary>
    public static IEnumerable<FieldInfo> Constants =>
        typeof(Glibc).GetFields(BindingFlags.Public | BindingFlags.Static).Where(f => f.IsLiteral);

    public static IEnumerable<MethodInfo> Functions =>
        typeof(Glibc).GetMethods(BindingFlags.Public | BindingFlags.Static).Where(m => m.GetCustomAttribute<LibraryImportAttribute>() is not null);

    /// <summary>Sizes of what is opaque: fields named <c>sizeof_TYPE</c>.</summary>
    public static IEnumerable<FieldInfo> Sizes => typeof(Glibc).GetFields(BindingFlags.Public | BindingFlags.Static).Where(f => f.IsInitOnly);

    /// <summary>The header that the first line of a source file names; null where there is none.</summary>
    public static string? HeaderOf(string path)
    {
        string first = File.ReadLines(path).First();
        return first.StartsWith("// <", StringComparison.Ordinal) ? first[3..] : null;
    }

    public static string Program()
    {
        CProgram c = new([.. s_packageHeaders, .. Repository.SourcesUnder("src/QemuL2tp.Linux").Select(HeaderOf).OfType<string>()]);
        foreach (Type type in Structs)
        {
            c.AddSizeOf(type);
            foreach (FieldInfo field in type.GetFields(BindingFlags.Public | BindingFlags.Instance))
                c.AddMember(type, field.Name, field);
        }

        foreach (FieldInfo constant in Constants.Where(constant => !s_kernelOnly.Contains(constant.Name)))
            c.AddConstant(constant.Name, constant.GetRawConstantValue()!);
        foreach (FieldInfo size in Sizes)
            c.AddConstant($"sizeof({size.Name["sizeof_".Length..]})", size.GetValue(null)!);
        foreach (MethodInfo function in Functions)
            c.AddFunction(function, function.GetCustomAttribute<LibraryImportAttribute>()!.EntryPoint ?? function.Name);
        foreach (PackageUse use in PackageUse.All)
            use.ClaimIn(c);
        return c.ToString();
    }

    /// <summary>The rest: constants for which the kernel's header and glibc's cannot be in one program.</summary>
    public static string KernelProgram()
    {
        CProgram c = new(["<linux/in.h>"]);
        foreach (FieldInfo constant in Constants.Where(constant => s_kernelOnly.Contains(constant.Name)))
            c.AddConstant(constant.Name, constant.GetRawConstantValue()!);
        return c.ToString();
    }
}
