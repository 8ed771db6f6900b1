using System.Reflection;
using System.Runtime.CompilerServices;
using QemuL2tp.Hosting;
using QemuL2tp.Tests.TestSupport;

namespace QemuL2tp.Tests.Architecture;

/// <summary>What users of the package can see changes only when somebody means it.</summary>
internal sealed class PublicSurfaceTests
{
    private const string Known = "tests/QemuL2tp.Tests/Architecture/PublicSurface.txt";

    /// <summary>The settings of a pseudowire that is open.</summary>
    private static readonly string[] s_settings = [$"{nameof(Pseudowire)}.{nameof(Pseudowire.IsLinkUp)}"];

    [Test]
    public void The_public_surface_is_the_one_that_is_written_down()
    {
        string actual = PublicSurface.Of(SourceModel.Ours, "QemuL2tp");
        string known = Path.Combine(Repository.Root, Known);
        if (File.Exists(known) && File.ReadAllText(known) == actual)
            return;
        string written = Path.Combine(AppContext.BaseDirectory, Path.GetFileName(Known));
        File.WriteAllText(written, actual);
        string[] before = File.Exists(known) ? File.ReadAllLines(known) : [];
        string[] now = actual.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Fail($"""
            The public surface of the package has changed:
            {string.Join('\n', before.Except(now).Select(line => "- " + line.Trim()).Concat(now.Except(before).Select(line => "+ " + line.Trim())))}
            What a user of the package does not need is internal. If the change is meant: cp {written} {Known}
            """);
    }

    [Test]
    public void Nothing_public_can_be_written_but_settings()
    {
        Type[] types = typeof(Pseudowire).Assembly.GetExportedTypes();
        IEnumerable<string> fields = types.Where(type => !type.IsEnum)
            .SelectMany(type => type.GetFields(BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static))
            .Where(field => !field.IsLiteral && !field.IsInitOnly)
            .Select(field => $"{field.DeclaringType!.Name}.{field.Name}");
        IEnumerable<string> properties = types
            .SelectMany(type => type.GetProperties(BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly))
            .Where(property => property.SetMethod is { IsPublic: true } set && !set.ReturnParameter.GetRequiredCustomModifiers().Contains(typeof(IsExternalInit)))
            .Select(property => $"{property.DeclaringType!.Name}.{property.Name}");
        Assert.That(fields.Concat(properties), Is.EquivalentTo(s_settings));
    }
}
