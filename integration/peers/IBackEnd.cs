namespace QemuL2tp.Integration.Peers;

/// <summary>What carries a guest's frames over its wires.</summary>
internal interface IBackEnd : IDisposable
{
    void Start();

    /// <summary>The <c>-netdev</c> that QEMU is given for one of the wires.</summary>
    string NetdevOf(Wire wire);
}
