namespace QemuL2tp.Integration.Peers;

/// <summary>A guest whose NICs are all behind vhost-user and end in the Linux peer. Booted by the first scenario that needs it.</summary>
internal static class VhostUserLab
{
    private static readonly Lazy<Vm> s_guest = new(Boot);

    public static Vm Guest => s_guest.Value;

    /// <summary>Gives the peer its ends of more wires.</summary>
    public static void AddToPeer(params IEnumerable<Wire> wires) => Lab.Peer.Batch(wires.SelectMany(wire => wire.PeerCommands()));

    /// <summary>True for each feature bit that the guest's driver and the device have agreed on.</summary>
    public static bool[] FeaturesOf(Vm guest, Wire wire) =>
        [.. guest.Run($"cat /sys/class/net/{wire.Nic}/device/features").Trim().Select(bit => bit == '1')];

    private static Vm Boot()
    {
        Lab.NeedsQemuL2tp();
        Lab.StartPeer();
        List<GuestNic> nics = [];
        foreach (IGrouping<string, Wire> group in VhostUserWires.Matrix.GroupBy(wire => wire.Transport))
        {
            QemuL2tpBackEnd matrix = Serve("vhost-matrix_" + group.Key, [.. group]);
            nics.AddRange(group.Select(wire => new GuestNic(wire, matrix.NetdevOf(wire))));
        }

        List<RingForm> forms = [.. RingForm.All, .. QemuUnderTest.HasProperty("virtio-net-pci", "in_order") ? [RingForm.InOrder] : Array.Empty<RingForm>()];
        QemuL2tpBackEnd rings = Serve("vhost-rings", [VhostUserWires.Bulk, .. forms.Select(form => form.Wire)]);
        nics.Add(new GuestNic(VhostUserWires.Bulk, rings.NetdevOf(VhostUserWires.Bulk)));
        nics.AddRange(forms.Select(form => new GuestNic(form.Wire, rings.VhostUserNetdevOf(form.Wire, form.QueuePairs), form.Device)));

        Vm guest = Lab.Keep(GuestVm.Boot("vhost-guest", machine: 5, nics));
        AddToPeer(nics.Select(nic => nic.Wire));
        guest.Batch(nics.SelectMany(nic => nic.Wire.GuestCommands()));
        return guest;
    }

    private static QemuL2tpBackEnd Serve(string name, params IReadOnlyList<Wire> wires)
    {
        QemuL2tpBackEnd backEnd = Lab.Keep(new QemuL2tpBackEnd(name, wires) { VhostUser = true });
        backEnd.Start();
        return backEnd;
    }
}
