using QemuL2tp.Frames;
using QemuL2tp.Options;

namespace QemuL2tp.Hosting;

/// <summary>
/// Looks up the names of a pseudowire that is open: every few seconds while one has no address, and that of the peer after it was silent
/// for a minute, as a peer is that has moved.
/// </summary>
/// <param name="names">Looks them up.</param>
/// <param name="plan">What the user wants.</param>
/// <param name="pseudowire">The pseudowire.</param>
/// <param name="follow">Told of other addresses: the options with them in place of names. False: it cannot have them now, and asks again.</param>
/// <param name="times">When; null: as above.</param>
internal sealed class NameRenewal(PlanNames names, PseudowirePlan plan, Pseudowire pseudowire, Func<L2tpv3Options, bool> follow, NameRenewal.Times? times = null)
{
    private readonly Times _times = times ?? new Times(Missing: 3000, Look: 10_000, Silence: 60_000);
    private long _heard;
    private long _heardAt = Environment.TickCount64;

    /// <summary>What the peer has sent. One that has moved sends too, but from where it is not expected.</summary>
    private long Heard => pseudowire.TunnelToGuest.FramesIn - pseudowire.TunnelToGuest.Dropped(FrameVerdict.UnexpectedSource);

    /// <summary>Goes on until it is given up or has nothing to do any more.</summary>
    /// <param name="known">The options with addresses in place of the names that have one.</param>
    /// <param name="end">Gives it up.</param>
    public async Task RunAsync(L2tpv3Options known, CancellationToken end)
    {
        bool isMissing;
        while ((isMissing = PlanNames.HasNames(known)) || MayMove)
        {
            await Task.Delay(isMissing ? _times.Missing : _times.Look, end).ConfigureAwait(false);
            if (!isMissing && !WasSilent())
                continue;
            known = await RenewAsync(known, end).ConfigureAwait(false);
        }
    }

    private bool MayMove => !plan.Netdev.Value.ResolveOnce && PlanNames.IsName(plan.Netdev.Value.Destination);

    private bool WasSilent()
    {
        long now = Environment.TickCount64;
        if (Heard is var heard && heard != _heard)
            (_heard, _heardAt) = (heard, now);
        if (now - _heardAt < _times.Silence)
            return false;
        _heardAt = now;
        return true;
    }

    /// <returns>What is known now. The local address is looked up only until it is known.</returns>
    private async Task<L2tpv3Options> RenewAsync(L2tpv3Options known, CancellationToken end)
    {
        try
        {
            Written<L2tpv3Options> netdev = plan.Netdev with { Value = plan.Netdev.Value with { Source = known.Source } };
            L2tpv3Options found = await names.ResolveAsync(netdev, waits: true, known.Destination, end).ConfigureAwait(false);
            return found == known || follow(found) ? found : known;
        }
        catch (UserErrorException)
        {
            // The service name of a port is not known any more, or this process may not have another descriptor now.
            return known;
        }
    }

    /// <summary>In milliseconds.</summary>
    /// <param name="Missing">Between two lookups of a name that has no address.</param>
    /// <param name="Look">Between two looks at whether the peer was silent.</param>
    /// <param name="Silence">How long it must have been.</param>
    internal sealed record Times(int Missing, int Look, int Silence);
}
