namespace QemuL2tp.Options;

/// <summary>
/// Typed access to one group of options, whatever syntax they came in. Reading marks an option as used; an option that is
/// absent or of the wrong type is a <see cref="UserErrorException"/> in the wording QEMU has for that syntax.
/// </summary>
internal abstract class OptionReader
{
    /// <summary>An option's name as the user writes it.</summary>
    public virtual string FullName(string name) => name;

    /// <summary>Whether the option was given at all.</summary>
    public abstract bool Has(string name);

    public abstract string ReadString(string name);

    public abstract bool ReadBoolean(string name);

    public abstract ulong ReadUInt64(string name);

    /// <summary>The value as the user wrote it, for messages; null when it was not given, or is an object or a list.</summary>
    public abstract string? Written(string name);

    public uint ReadUInt32(string name)
    {
        ulong value = ReadUInt64(name);
        return value <= uint.MaxValue ? (uint)value : throw OptionErrors.NotUInt32(FullName(name), name, Written(name)!);
    }

    /// <summary>An error about an option here.</summary>
    public UserErrorException Error(string name, string problem, string remedy) => new(problem, remedy) { Option = FullName(name), Value = Written(name) };

    /// <summary>Throws for the first option nobody has read.</summary>
    public abstract void RejectUnread();
}
