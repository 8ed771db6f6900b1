using System.Reflection;
using CommandLine;

namespace QemuL2tp.Cli.Commands;

/// <summary>An option of a command, as its options class declares it.</summary>
/// <param name="Name">Without dashes.</param>
/// <param name="MetaValue">
/// What the value looks like; empty: it takes none. Words with <c>|</c> between them are all the values there are.
/// </param>
/// <param name="Help">One or two sentences.</param>
/// <param name="Default">What holds without it, as text; null: nothing.</param>
/// <param name="Type">Of the property.</param>
internal sealed record OptionInfo(string Name, string MetaValue, string Help, string? Default, Type Type)
{
    public bool TakesValue => Type != typeof(bool);

    /// <summary>Whether it may be given more than once, each time with one more value.</summary>
    public bool IsRepeatable => Type == typeof(IEnumerable<string>);

    /// <summary>All the values there are; empty when they cannot be listed.</summary>
    public string[] Choices { get; } = MetaValue.Contains('|') && !MetaValue.Contains(',') ? MetaValue.Split('|') : [];

    /// <summary>The options that <paramref name="options"/> declares, in its order.</summary>
    public static OptionInfo[] Of(Type options) =>
    [
        .. options.GetProperties()
            .Select(property => (property.GetCustomAttribute<OptionAttribute>()!, property.PropertyType))
            .Select(option => new OptionInfo(option.Item1.LongName, option.Item1.MetaValue ?? "", option.Item1.HelpText, Written(option.Item1.Default), option.PropertyType)),
    ];

    private static string? Written(object? value) => value is Enum ? value.ToString()!.ToLowerInvariant() : value?.ToString();
}
