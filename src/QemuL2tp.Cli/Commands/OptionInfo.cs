using System.Reflection;
using CommandLine;

namespace QemuL2tp.Cli.Commands;

/// <summary>An option of a command, as its options class declares it.</summary>
/// <param name="Name">Without dashes.</param>
/// <param name="MetaValue">
/// What the value looks like; empty: it takes none. Words with <c>|</c> between them are all the values there are.
/// </param>
/// <param name="Help">One or two sentences.</param>
/// <param name="Type">Of the property.</param>
internal sealed record OptionInfo(string Name, string MetaValue, string Help, Type Type)
{
    public bool TakesValue => Type != typeof(bool);

    /// <summary>All the values there are; empty when they cannot be listed.</summary>
    public string[] Choices { get; } = MetaValue.Contains('|') && !MetaValue.Contains(',') ? MetaValue.Split('|') : [];

    /// <summary>The options that <paramref name="options"/> declares, in its order.</summary>
    public static OptionInfo[] Of(Type options) =>
    [
        .. options.GetProperties()
            .Select(property => (property.GetCustomAttribute<OptionAttribute>()!, property.PropertyType))
            .Select(option => new OptionInfo(option.Item1.LongName, option.Item1.MetaValue ?? "", option.Item1.HelpText, option.PropertyType)),
    ];
}
