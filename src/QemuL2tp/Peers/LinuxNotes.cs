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
        if (request.Earlier.FirstOrDefault(other => other.Ours.Destination == request.Ours.Destination && other.Ours.TransmitSession == request.Ours.TransmitSession) is { } same)
            yield return FormattableString.Invariant($"session ID {request.Ours.TransmitSession} is that of '{same.Ours.Id}' too: Linux 4.9 to 5.5 demands that each session of this host has its own, over UDP as well");
        yield return InnerMtu.Note(request);
    }
}
