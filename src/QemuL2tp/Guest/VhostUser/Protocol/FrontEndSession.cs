using QemuL2tp.Guest.VhostUser.Memory;
using QemuL2tp.Guest.VhostUser.Ring;

namespace QemuL2tp.Guest.VhostUser.Protocol;

/// <summary>Judges each message by its rule and does what it asks of the device.</summary>
internal sealed class FrontEndSession(VhostUserDevice device)
{
    private readonly DeviceRequests _device = new(device);
    private readonly MemoryRequests _memory = new(device);
    private readonly RingRequests _rings = new(device);

    /// <param name="rule">The rule of its request.</param>
    /// <param name="message">Length and version are checked; descriptors that are not taken stay in it.</param>
    public Outcome Handle(RequestRule rule, Message message)
    {
        if (rule.AllowedIn == States.None || (device.ProtocolFeatures & rule.Needs) != rule.Needs)
            return Outcome.Broken("its protocol feature was not negotiated");
        int descriptors = message.Descriptors.Count;
        if (descriptors < rule.MinDescriptors || descriptors > rule.MaxDescriptors)
            return Outcome.Broken($"{descriptors} descriptors, expected {rule.MinDescriptors}{(rule.MinDescriptors == rule.MaxDescriptors ? "" : $" to {rule.MaxDescriptors}")}");

        Vring? ring = null;
        if (rule.IsAboutRing)
        {
            ring = _rings.Find(rule, message, out string? fault);
            if (ring is null)
                return Outcome.Broken(fault!);
        }

        States state = ring?.IsRunning ?? device.IsRunning ? States.Started : States.Stopped;
        if ((rule.AllowedIn & state) == 0)
            return Outcome.Broken($"not allowed while {(ring is null ? "a ring" : "the ring")} is {(state == States.Started ? "started" : "stopped")}");
        return ring is null ? HandleDevice(message) : HandleRing(ring, message);
    }

    private Outcome HandleDevice(Message message)
    {
        switch (message.Header.Request)
        {
            case Request.GetFeatures:
                return Outcome.Answered(device.Offered);
            case Request.SetFeatures:
                return _device.SetFeatures(message.UInt64(0));
            case Request.GetProtocolFeatures:
                return Outcome.Answered(Features.OfferedProtocol);
            case Request.SetProtocolFeatures:
                return _device.SetProtocolFeatures(message.UInt64(0));
            case Request.GetQueueNum:
                return Outcome.Answered(Features.MaxQueuePairs);
            case Request.GetMaxMemSlots:
                return Outcome.Answered(GuestMemory.MaxRegions);
            case Request.SetMemTable:
                return _memory.SetTable(message);
            case Request.AddMemReg:
                return _memory.Add(message);
            case Request.RemMemReg:
                return _memory.Remove(message);
            case Request.SetLogBase:
                return _device.SetLogBase(message.UInt64(0), message.UInt64(8), message.Descriptors.Take());
            case Request.NetSetMtu:
                return _device.SetMtu(message.UInt64(0));
            case Request.SendRarp:
                return _device.SendRarp(message.Payload);
            case Request.SetOwner: // A connection has one front end, whether it says so or not.
            case Request.ResetOwner: // Deprecated, and means nothing.
            case Request.SetLogFd: // Nobody waits for the log to be told of.
                return Outcome.Done;
            default:
                throw new InvalidOperationException($"{message.Header.Request} has a rule and nobody to handle it");
        }
    }

    private Outcome HandleRing(Vring ring, Message message) => message.Header.Request switch
    {
        Request.SetVringNum => _rings.SetSize(ring, message.UInt32(4)),
        Request.SetVringBase => _rings.SetBase(ring, message.UInt32(4)),
        Request.SetVringAddr => _rings.SetAddresses(ring, message),
        Request.SetVringKick => _rings.SetKick(ring, message),
        Request.SetVringCall => _rings.SetCall(ring, message),
        Request.SetVringErr => _rings.SetError(ring, message),
        Request.SetVringEnable => RingRequests.SetEnabled(ring, message.UInt32(4)),
        Request.GetVringBase => _rings.Stop(ring),
        _ => throw new InvalidOperationException($"{message.Header.Request} has a rule and nobody to handle it"),
    };
}
