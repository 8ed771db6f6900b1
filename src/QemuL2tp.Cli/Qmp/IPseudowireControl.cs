using QemuL2tp.Hosting;
using QemuL2tp.Options;

namespace QemuL2tp.Cli.Qmp;

/// <summary>What commands can do to the process. Called on any thread.</summary>
internal interface IPseudowireControl
{
    IReadOnlyList<Pseudowire> All { get; }

    /// <summary>Opens a pseudowire, when its names are looked up.</summary>
    /// <param name="netdev">The pseudowire.</param>
    /// <param name="frontend">Where QEMU connects; null: as for one from the command line that has none.</param>
    /// <exception cref="UserErrorException">It cannot be opened.</exception>
    Task AddAsync(L2tpv3Options netdev, FrontendOptions? frontend);

    /// <returns>False when there is none with this id.</returns>
    bool Remove(string id);

    /// <summary>Ends the process as a signal does.</summary>
    void Quit();
}
