using static QemuL2tp.Guest.VhostUser.Features;
using static QemuL2tp.Guest.VhostUser.Protocol.Answer;
using static QemuL2tp.Guest.VhostUser.Protocol.PayloadForm;
using static QemuL2tp.Guest.VhostUser.Protocol.Refusal;
using static QemuL2tp.Guest.VhostUser.Protocol.States;

namespace QemuL2tp.Guest.VhostUser.Protocol;

/// <summary>
/// The state machine: each request, what comes with it, and the states in which it is allowed (vhost-user, "Front-end
/// message types", "Ring states"). QEMU sends SET_VRING_ENABLE before the features, and changes addresses and memory of
/// rings that run. DPDK's virtio-user leaves out SET_OWNER when it is connected again, and begins by stopping its rings.
/// </summary>
internal static class RequestRules
{
    private const States Always = Stopped | Started;
    private const States Never = States.None;
    private const PayloadForm Empty = PayloadForm.None;

    private static readonly Dictionary<Request, RequestRule> s_rules = new RequestRule[]
    {
        // request                          payload        descriptors  allowed in     needs                      answer        refusal
        new(Request.GetFeatures,            Empty,          0, 0,       Always,        0,                         Own,          Ends),
        new(Request.SetFeatures,            Number,         0, 0,       Always,        0,                         Acknowledged, Ends),
        new(Request.SetOwner,               Empty,          0, 0,       Always,        0,                         Acknowledged, Ends),
        new(Request.ResetOwner,             Empty,          0, 0,       Always,        0,                         Acknowledged, Ends),
        new(Request.GetProtocolFeatures,    Empty,          0, 0,       Always,        0,                         Own,          Ends),
        new(Request.SetProtocolFeatures,    Number,         0, 0,       Stopped,       0,                         Acknowledged, Ends),
        new(Request.GetQueueNum,            Empty,          0, 0,       Always,        ProtocolMultiQueue,        Own,          Ends),
        new(Request.GetMaxMemSlots,         Empty,          0, 0,       Always,        ProtocolConfigureMemSlots, Own,          Ends),

        new(Request.SetMemTable,            MemoryTable,    0, 8,       Always,        0,                         Acknowledged, Ends),
        new(Request.AddMemReg,              Region,         1, 1,       Always,        ProtocolConfigureMemSlots, Acknowledged, Ends),
        new(Request.RemMemReg,              Region,         0, 1,       Always,        ProtocolConfigureMemSlots, Acknowledged, Ends),
        new(Request.SetLogBase,             Log,            1, 1,       Always,        ProtocolLogShmFd,          Own,          Ends),
        new(Request.SetLogFd,               Any,            1, 1,       Always,        0,                         Acknowledged, IsLogged),

        new(Request.SetVringNum,            RingValue,      0, 0,       Stopped,       0,                         Acknowledged, Ends),
        new(Request.SetVringBase,           RingValue,      0, 0,       Stopped,       0,                         Acknowledged, Ends),
        new(Request.SetVringAddr,           RingAddresses,  0, 0,       Always,        0,                         Acknowledged, Ends),
        new(Request.SetVringKick,           RingDescriptor, 0, 1,       Always,        0,                         Acknowledged, Ends),
        new(Request.SetVringCall,           RingDescriptor, 0, 1,       Always,        0,                         Acknowledged, Ends),
        new(Request.SetVringErr,            RingDescriptor, 0, 1,       Always,        0,                         Acknowledged, Ends),
        new(Request.SetVringEnable,         RingValue,      0, 0,       Always,        0,                         Acknowledged, Ends),
        new(Request.GetVringBase,           RingValue,      0, 0,       Always,        0,                         Own,          Ends),

        new(Request.SendRarp,               Number,         0, 0,       Always,        ProtocolRarp,              Acknowledged, IsLogged),
        new(Request.NetSetMtu,              Number,         0, 0,       Always,        ProtocolNetMtu,            Acknowledged, IsLogged),

        // Their features are not offered, and the front end would wait for the answer.
        new(Request.IotlbMsg,               Any,            0, 8,       Never,         0,                         Own,          Ends),
        new(Request.GetConfig,              Any,            0, 8,       Never,         0,                         Own,          Ends),
        new(Request.CreateCryptoSession,    Any,            0, 8,       Never,         0,                         Own,          Ends),
        new(Request.PostcopyAdvise,         Any,            0, 8,       Never,         0,                         Own,          Ends),
        new(Request.PostcopyEnd,            Any,            0, 8,       Never,         0,                         Own,          Ends),
        new(Request.GetInflightFd,          Any,            0, 8,       Never,         0,                         Own,          Ends),
        new(Request.GetStatus,              Any,            0, 8,       Never,         0,                         Own,          Ends),
        new(Request.GetSharedObject,        Any,            0, 8,       Never,         0,                         Own,          Ends),
        new(Request.SetDeviceStateFd,       Any,            0, 8,       Never,         0,                         Own,          Ends),
        new(Request.CheckDeviceState,       Any,            0, 8,       Never,         0,                         Own,          Ends),
    }.ToDictionary(rule => rule.Request);

    /// <summary>Null for a request that is not known; it may be ignored.</summary>
    public static RequestRule? Find(Request request) => s_rules.GetValueOrDefault(request);
}
