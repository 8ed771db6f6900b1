using System.Globalization;
using QemuL2tp.Options;

namespace QemuL2tp.QemuCommandLine;

/// <summary>
/// A QEMU command line with every l2tpv3 back end replaced by a front end of ours, and the command line of the back end that goes with
/// it. All other words stay as they are.
/// </summary>
internal sealed class RewritePlan
{
    private readonly IReadOnlyList<string> _words;
    private readonly string[] _added;

    /// <param name="words">QEMU's command line, program first.</param>
    /// <param name="pseudowires">Its l2tpv3 back ends, as <see cref="L2tpv3Argument.Find"/> has them.</param>
    /// <param name="wish">What the user wants in their place.</param>
    /// <param name="version">Of that QEMU.</param>
    /// <param name="warnings">Receives what will probably not work.</param>
    /// <exception cref="UserErrorException">vhost-user is wanted and cannot be, or <c>vlan=</c> asks for several hubs.</exception>
    public RewritePlan(IReadOnlyList<string> words, IReadOnlyList<L2tpv3Argument> pseudowires, FrontEndWish wish, QemuVersion version, ICollection<string> warnings)
    {
        _words = words;
        Hubs.RequireOne(words, pseudowires);
        Pseudowires = [.. pseudowires.Select(pseudowire => (pseudowire, FrontEndChoice.For(words, pseudowire, wish, version)))];
        _added = wish == FrontEndWish.VhostUser && Pseudowires.Count > 0 ? new GuestMemoryArguments(words).Share() : [];
        foreach ((L2tpv3Argument pseudowire, FrontEndChoice choice) in Pseudowires)
        {
            if (choice.Kind == FrontendKind.VhostUser && FrontEndChoice.Crashes(words, NicOfNetdev.Find(words, pseudowire), version))
                warnings.Add($"{pseudowire.Word} {pseudowire.Text}: without KVM this QEMU may crash when the guest's driver starts; vectors=0 on the device avoids it");
        }
    }

    /// <summary>Each back end and what takes its place, in the order of the command line.</summary>
    public IReadOnlyList<(L2tpv3Argument Argument, FrontEndChoice Choice)> Pseudowires { get; }

    /// <summary>QEMU's new command line.</summary>
    /// <param name="descriptors">For each pseudowire what QEMU inherits.</param>
    public string[] Qemu(IReadOnlyList<int> descriptors)
    {
        List<string> words = [.. _words];
        for (int i = Pseudowires.Count - 1; i >= 0; i--)
        {
            (L2tpv3Argument argument, FrontEndChoice choice) = Pseudowires[i];
            words.RemoveRange(argument.Index - 1, 2);
            words.InsertRange(argument.Index - 1, Replacement.ForQemu(argument, choice.Kind, descriptors[i]));
        }

        return [.. words, .. _added];
    }

    /// <summary>What our own program is told about the pseudowires.</summary>
    /// <param name="descriptors">For each what the back end inherits.</param>
    public string[] BackEnd(IReadOnlyList<int> descriptors)
    {
        string[] ids = Ids();
        return [.. Pseudowires.SelectMany((one, i) => Replacement.ForBackEnd(one.Argument, one.Choice.Kind, ids[i], descriptors[i]))];
    }

    /// <summary>The ids that QEMU's netdevs have; those that have none get one that is free.</summary>
    private string[] Ids()
    {
        var taken = Pseudowires.Select(one => one.Argument.Id).OfType<string>().ToHashSet();
        return [.. Pseudowires.Select(one => one.Argument.Id ?? Enumerable.Range(0, int.MaxValue).Select(n => "net" + n.ToString(CultureInfo.InvariantCulture)).First(taken.Add))];
    }
}
