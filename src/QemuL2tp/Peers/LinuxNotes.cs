namespace QemuL2tp.Peers;

/// <summary>What a person has to know about a Linux kernel as the other end, by whatever it is configured.</summary>
internal static class LinuxNotes
{
    public static IEnumerable<string> For(PeerRequest request)
    {
        if (request.Ours.Udp)
            yield return $"its socket is connected: our packets must come from {request.Ours.Source} port {request.Ours.SourcePort} exactly, no NAT in between";
        else
            yield return "with IP encapsulation every session of this host needs a session ID of its own";
        yield return InnerMtu.Note(request);
    }
}
