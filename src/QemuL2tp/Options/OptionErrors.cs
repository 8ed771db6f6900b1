namespace QemuL2tp.Options;

/// <summary>Errors in QEMU's wording, each with the sentence that says what to write instead.</summary>
internal static class OptionErrors
{
    public static UserErrorException NotAnIdentifier(string name, string value) => new(
        $"Parameter '{name}' expects an identifier",
        $"Identifiers consist of letters, digits, '-', '.', '_', starting with a letter; '{name}={value}' does not.");

    public static UserErrorException Missing(string name, string? help) => new(
        $"Parameter '{name}' is missing",
        help is null ? $"Add {name}=VALUE." : $"Add {name}=VALUE: {help}.");

    public static UserErrorException NotBoolean(string name, string value) => new(
        $"Parameter '{name}' expects 'on' or 'off'",
        $"'{name}={value}' is not understood: write {name}=on or {name}=off, in lower case.");

    public static UserErrorException NotUInt64(string name, string value) => new(
        $"Parameter '{name}' expects a uint64 value",
        $"'{name}={value}' is not understood: write a decimal, 0x hexadecimal or 0 octal number from 0 to 18446744073709551615, without a suffix.");

    public static UserErrorException NotUInt32(string name, string value) => new(
        $"Parameter '{name}' expects uint32_t",
        $"'{name}={value}' is out of range: write a number from 0 to 4294967295 (0xffffffff).");

    public static UserErrorException NotInteger(string name, string value) => new(
        $"Parameter '{name}' expects integer",
        $"'{name}={value}' is not understood: write a whole number.");

    public static UserErrorException NotInRange(string name, long value, uint least, uint most, string meaning, uint absent) => new(
        $"Parameter '{name}' expects a number from {least} to {most}",
        $"'{name}={value}' is out of range: write {meaning}, or leave {name} out for {absent}.");

    public static UserErrorException NotJsonUInt64(string name, string value) => new(
        $"Parameter '{name}' expects uint64",
        $"'{name}' is {value}: write a whole decimal number from 0 to 18446744073709551615 without quotes.");

    public static UserErrorException WrongJsonType(string name, string expected, string value) => new(
        $"Invalid parameter type for '{name}', expected: {expected}",
        $"'{name}' is {value}: write {expected switch
        {
            "boolean" => "true or false without quotes",
            "string" => "it as a string, in quotes",
            "integer" => "a whole number without quotes",
            _ => "an object with members of its own, such as \"addr\": {\"type\": \"unix\", \"path\": \"/run/vm.sock\"} or addr.type=unix,addr.path=/run/vm.sock",
        }}.");

    public static UserErrorException NotAccepted(string name, string value, string accepted) => new(
        $"Parameter '{name}' does not accept value '{value}'",
        $"Write {name}={accepted} instead of '{name}={value}'.");

    public static UserErrorException Unknown(string message, string name, IEnumerable<string> known)
    {
        string[] names = [.. known];
        string? nearest = NearestName.Find(name, names);
        return new UserErrorException(
            message,
            nearest is null
                ? $"Leave out '{name}'; the options here are {string.Join(", ", names)}."
                : $"There is no option '{name}' here; did you mean '{nearest}'?");
    }
}
