namespace QemuL2tp.Cli.Qmp;

/// <summary>A command cannot be done; answered as an <c>error</c> (QEMU, docs/interop/qmp-spec.rst).</summary>
/// <param name="errorClass">QEMU's QapiErrorClass: <c>GenericError</c>, <c>CommandNotFound</c> or <c>DeviceNotFound</c>.</param>
/// <param name="message">For a person, in QEMU's wording where QEMU has one.</param>
internal sealed class QmpError(string errorClass, string message) : Exception(message)
{
    public string ErrorClass { get; } = errorClass;

    public static QmpError Generic(string message) => new("GenericError", message);

    public static QmpError NoDevice(string id) => new("DeviceNotFound", $"Device '{id}' not found");
}
