using System.Globalization;

namespace QemuL2tp.Options;

/// <summary>
/// Reads options of an <see cref="OptionTree"/> with the rules and words of QEMU's qapi/qobject-input-visitor.c: from JSON the
/// types must be JSON's, from <c>key=value</c> text they are converted.
/// </summary>
/// <param name="tree">The members.</param>
/// <param name="isText">Whether the tree came from <c>key=value</c> text.</param>
/// <param name="help">All full names that make sense here, with their help.</param>
/// <param name="prefix">What stands before a member's name in messages, such as <c>addr.</c></param>
internal sealed class TreeReader(
    OptionTree tree, bool isText, IReadOnlyDictionary<string, string> help, string prefix = "") : OptionReader
{
    private readonly HashSet<string> _read = [];

    public override string FullName(string name) => prefix + name;

    /// <summary>The names that were given and that make no sense here, as the user writes them.</summary>
    public IEnumerable<string> Strange => tree.Names.Select(FullName).Where(name => !help.ContainsKey(name));

    public override bool Has(string name) => tree.TryGet(name, out _);

    public override string ReadString(string name)
    {
        object? value = Get(name);
        if (value is string text)
            return text;
        if (isText && value is OptionTree)
        {
            throw Error(name, $"Parameters '{prefix}{name}.*' are unexpected", $"Write {prefix}{name}=VALUE, without a further dot.");
        }

        throw WrongType(name, "string", value);
    }

    public override bool ReadBoolean(string name)
    {
        if (isText)
        {
            string text = ReadString(name);
            return Numbers.TryParseBoolean(text, out bool parsed) ? parsed : throw OptionErrors.NotBoolean(prefix + name, text);
        }

        object? value = Get(name);
        return value is bool boolean ? boolean : throw WrongType(name, "boolean", value);
    }

    public override ulong ReadUInt64(string name)
    {
        if (isText)
        {
            // QEMU takes negative numbers modulo 2^64 here too.
            string text = ReadString(name);
            return Numbers.TryParseUInt64(text, out ulong positive) ? positive
                : Numbers.TryParseInt64(text, out long signed) ? unchecked((ulong)signed)
                : throw OptionErrors.NotInteger(prefix + name, text);
        }

        object? value = Get(name);
        return value switch
        {
            ulong number => number,
            // QEMU takes negative JSON numbers modulo 2^64 "for backward compatibility".
            long negative => unchecked((ulong)negative),
            _ => throw OptionErrors.NotJsonUInt64(prefix + name, Written(name), Describe(value)),
        };
    }

    /// <summary>Reads a signed integer, in text with C's prefixes for hexadecimal and octal.</summary>
    public long ReadInt64(string name)
    {
        if (isText)
        {
            string text = ReadString(name);
            return Numbers.TryParseInt64(text, out long parsed) ? parsed : throw OptionErrors.NotInteger(prefix + name, text);
        }

        object? value = Get(name);
        return value switch
        {
            ulong and <= long.MaxValue => (long)(ulong)value,
            long negative => negative,
            _ => throw WrongType(name, "integer", value),
        };
    }

    /// <summary>A reader for the members of an object inside this one.</summary>
    public TreeReader ReadObject(string name)
    {
        object? value = Get(name);
        return value is OptionTree inner
            ? new TreeReader(inner, isText, help, prefix + name + ".")
            : throw WrongType(name, "object", value);
    }

    public override string? Written(string name) => tree.TryGet(name, out object? value) && value is not (OptionTree or OptionList) ? value as string ?? Describe(value) : null;

    public override void RejectUnread()
    {
        foreach (string name in tree.Names)
        {
            if (!_read.Contains(name))
                throw OptionErrors.Unknown($"Parameter '{prefix}{name}' is unexpected", prefix + name, Written(name), help.Keys);
        }
    }

    private object? Get(string name)
    {
        _read.Add(name);
        return tree.TryGet(name, out object? value)
            ? value
            : throw OptionErrors.Missing(prefix + name, help, tree.Names.Select(FullName));
    }

    private UserErrorException WrongType(string name, string expected, object? value) => OptionErrors.WrongJsonType(prefix + name, expected, Written(name), Describe(value));

    private static string Describe(object? value) => value switch
    {
        null => "null",
        string text => $"\"{text}\"",
        bool boolean => boolean ? "true" : "false",
        OptionTree => "an object",
        OptionList => "a list",
        _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
    };
}
