namespace QemuL2tp.Integration.Peers;

/// <summary>What carries a guest's frames over its wires.</summary>
internal interface IBackEnd : IDisposable
{
    void Start();

    /// <summary>The arguments that give QEMU one of the wires.</summary>
    IReadOnlyList<string> NetdevOf(Wire wire);
}
