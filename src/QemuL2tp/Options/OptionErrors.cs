namespace QemuL2tp.Options;

/// <summary>Errors in QEMU's wording, each with the sentence that says what to write instead.</summary>
internal static class OptionErrors
{
    public static UserErrorException NotAnIdentifier(string name, string value) => About(
        name,
        value,
        $"Parameter '{name}' expects an identifier",
        Blanks.Hint(name, value) ?? $"Identifiers consist of letters, digits, '-', '.', '_', starting with a letter; '{name}={value}' does not.");

    /// <param name="name">What is missing.</param>
    /// <param name="known">All names that make sense, with their help.</param>
    /// <param name="given">The names that were given; one that makes no sense may be the missing one, misspelt.</param>
    public static UserErrorException Missing(string name, IReadOnlyDictionary<string, string> known, IEnumerable<string> given) => About(
        name,
        null,
        $"Parameter '{name}' is missing",
        given.Where(other => !known.ContainsKey(other)).Select(other => Meant(other, name, known.Keys)).FirstOrDefault(hint => hint is not null)
            ?? $"Add {name}=VALUE{(known.TryGetValue(name, out string? help) ? $": {help}" : "")}.");

    public static UserErrorException NotBoolean(string name, string value) => About(
        name,
        value,
        $"Parameter '{name}' expects 'on' or 'off'",
        Blanks.Hint(name, value) ?? $"'{name}={value}' is not understood: write {name}=on or {name}=off, in lower case.");

    public static UserErrorException NotUInt64(string name, string value) => About(
        name,
        value,
        $"Parameter '{name}' expects a uint64 value",
        Blanks.Hint(name, value) ?? $"'{name}={value}' is not understood: write a decimal, 0x hexadecimal or 0 octal number from 0 to 18446744073709551615, without a suffix.");

    /// <param name="fullName">The name with all that stands before its dots.</param>
    /// <param name="name">The name without, which is what QEMU says here.</param>
    /// <param name="value">As written.</param>
    public static UserErrorException NotUInt32(string fullName, string name, string value) => About(
        fullName,
        value,
        $"Parameter '{name}' expects uint32_t",
        $"'{fullName}={value}' is out of range: write a number from 0 to 4294967295 (0xffffffff).");

    public static UserErrorException NotInteger(string name, string value) => About(
        name,
        value,
        $"Parameter '{name}' expects integer",
        $"'{name}={value}' is not understood: write a whole number.");

    public static UserErrorException NotInRange(string name, string value, uint least, uint most, string meaning, uint absent) => About(
        name,
        value,
        $"Parameter '{name}' expects a number from {least} to {most}",
        $"'{name}={value}' is out of range: write {meaning}, or leave {name} out for {absent}.");

    /// <param name="name">The option.</param>
    /// <param name="value">As written; null: an object or a list.</param>
    /// <param name="shown">The value in JSON, or what it is.</param>
    public static UserErrorException NotJsonUInt64(string name, string? value, string shown) => About(
        name,
        value,
        $"Parameter '{name}' expects uint64",
        $"'{name}' is {shown}: write a whole decimal number from 0 to 18446744073709551615 without quotes.");

    /// <inheritdoc cref="NotJsonUInt64"/>
    public static UserErrorException WrongJsonType(string name, string expected, string? value, string shown) => About(
        name,
        value,
        $"Invalid parameter type for '{name}', expected: {expected}",
        $"'{name}' is {shown}: write {expected switch
        {
            "boolean" => "true or false without quotes",
            "string" => "it as a string, in quotes",
            "integer" => "a whole number without quotes",
            _ => "an object with members of its own, such as \"addr\": {\"type\": \"unix\", \"path\": \"/run/vm.sock\"} or addr.type=unix,addr.path=/run/vm.sock",
        }}.");

    public static UserErrorException NotAccepted(string name, string value, string accepted) => About(
        name,
        value,
        $"Parameter '{name}' does not accept value '{value}'",
        Blanks.Hint(name, value) ?? $"Write {name}={accepted} instead of '{name}={value}'.");

    /// <param name="message">In the words of the syntax.</param>
    /// <param name="name">The option that there is not.</param>
    /// <param name="value">As written; null: none, an object or a list.</param>
    /// <param name="known">The options that there are.</param>
    public static UserErrorException Unknown(string message, string name, string? value, IEnumerable<string> known)
    {
        string[] names = [.. known];
        return Unknown(message, name, value, DidYouMean(name, names) ?? $"Leave out '{(value is null ? name : $"{name}={value}")}'; the options here are {string.Join(", ", names)}.");
    }

    /// <inheritdoc cref="Unknown(string, string, string?, IEnumerable{string})"/>
    public static UserErrorException Unknown(string message, string name, string? value, string remedy) =>
        new(message, remedy) { Option = name, Value = value, IsUnknownOption = true };

    /// <returns>The remedy for a name that there is not; null when it is like none that there is.</returns>
    public static string? DidYouMean(string name, IEnumerable<string> known)
    {
        string[] names = [.. known];
        if (Blanks.HintForName(name, names) is { } hint)
            return hint;
        // A nested name is often written without what it is in.
        string? nearest = NearestName.Find(name, names) ?? names.FirstOrDefault(each => each.EndsWith("." + name, StringComparison.Ordinal));
        return nearest is null ? null : $"There is no option '{name}' here; did you mean '{nearest}'?";
    }

    /// <returns>The remedy when a name that there is not stands for the missing one, or for a member of it.</returns>
    private static string? Meant(string given, string missing, IEnumerable<string> known)
    {
        string member = $"{missing}.{given}";
        if (known.Contains(member))
        {
            string kind = given switch { "path" or "abstract" or "tight" => "unix", "str" => "fd", _ => "inet" };
            return $"There is no option '{given}' here: write {missing}.type={kind},{member}=VALUE.";
        }

        return DidYouMean(given, known) is { } hint && hint.Contains($"'{missing}'", StringComparison.Ordinal) ? hint : null;
    }

    private static UserErrorException About(string name, string? value, string problem, string remedy) => new(problem, remedy) { Option = name, Value = value };
}
