using QemuL2tp.Guest.VhostUser;
using QemuL2tp.Guest.VhostUser.Protocol;
using QemuL2tp.Tests.TestSupport;

namespace QemuL2tp.Tests.Guest.VhostUser.Protocol;

/// <summary>Each request in each state, against what the specification and QEMU's behaviour say in other words.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class RequestTableTests : IDisposable
{
    private static readonly string[] s_notWhileStarted = ["SET_PROTOCOL_FEATURES", "SET_VRING_NUM", "SET_VRING_BASE"];

    private static readonly Dictionary<string, (uint Id, ulong Feature)> s_requests = new()
    {
        ["GET_FEATURES"] = (1, 0),
        ["SET_FEATURES"] = (2, 0),
        ["SET_OWNER"] = (3, 0),
        ["RESET_OWNER"] = (4, 0),
        ["SET_MEM_TABLE"] = (5, 0),
        ["SET_LOG_BASE"] = (6, 1 << 1),
        ["SET_LOG_FD"] = (7, 0),
        ["SET_VRING_NUM"] = (8, 0),
        ["SET_VRING_ADDR"] = (9, 0),
        ["SET_VRING_BASE"] = (10, 0),
        ["GET_VRING_BASE"] = (11, 0),
        ["SET_VRING_KICK"] = (12, 0),
        ["SET_VRING_CALL"] = (13, 0),
        ["SET_VRING_ERR"] = (14, 0),
        ["GET_PROTOCOL_FEATURES"] = (15, 0),
        ["SET_PROTOCOL_FEATURES"] = (16, 0),
        ["GET_QUEUE_NUM"] = (17, 1 << 0),
        ["SET_VRING_ENABLE"] = (18, 0),
        ["SEND_RARP"] = (19, 1 << 2),
        ["NET_SET_MTU"] = (20, 1 << 4),
        ["GET_MAX_MEM_SLOTS"] = (36, 1 << 15),
        ["ADD_MEM_REG"] = (37, 1 << 15),
        ["REM_MEM_REG"] = (38, 1 << 15),
    };

    private readonly BackEndUnderTest _backEnd = new();
    private readonly GuestRam _ram = GuestRam.OfPc();
    private readonly MockQemu _qemu;

    public RequestTableTests() => _qemu = new MockQemu(_ram, 1, index => RingLayout.At(0x10_0000 + ((ulong)index * 0x1_0000), 256));

    public void Dispose()
    {
        _backEnd.Dispose();
        _qemu.Dispose();
        _ram.Dispose();
    }

    /// <summary>A virtio-user of DPDK that listens does not send SET_OWNER again when the back end comes back.</summary>
    [TestCaseSource(nameof(Names))]
    public void V_13_no_request_waits_for_an_owner(string name)
    {
        using MockFrontEnd frontEnd = _backEnd.Connect();
        if (name != "SET_PROTOCOL_FEATURES")
            frontEnd.Ask(MockMessage.Number(Request.SetProtocolFeatures, Features.OfferedProtocol));

        AssertAllowed(frontEnd, name, true, "");
    }

    [TestCaseSource(nameof(Names))]
    public void V_13_a_request_while_the_ring_is_stopped(string name)
    {
        using MockFrontEnd frontEnd = _backEnd.ConnectAndOwn();

        AssertAllowed(frontEnd, name, true, "");
    }

    [TestCaseSource(nameof(Names))]
    public void V_13_a_request_while_the_ring_is_started(string name)
    {
        using MockFrontEnd frontEnd = _backEnd.Connect();
        frontEnd.Run(_qemu.Connect());
        frontEnd.Run(_qemu.Start());

        AssertAllowed(frontEnd, name, !s_notWhileStarted.Contains(name), "is started");
    }

    [TestCase("SET_VRING_NUM")]
    [TestCase("SET_VRING_BASE")]
    public void V_13_a_request_about_one_ring_while_another_is_started(string name)
    {
        using MockFrontEnd frontEnd = _backEnd.Connect();
        frontEnd.Run(_qemu.Connect());
        frontEnd.Run(_qemu.Start());

        frontEnd.Ask(MockMessage.RingValue((Request)s_requests[name].Id, 2, 256));

        Assert.That(_backEnd.Ends, Is.Zero);
    }

    [TestCaseSource(nameof(Names))]
    public void V_13_a_request_without_its_protocol_feature(string name)
    {
        using MockFrontEnd frontEnd = _backEnd.ConnectAndOwn(Features.OfferedProtocol & ~s_requests[name].Feature);

        AssertAllowed(frontEnd, name, s_requests[name].Feature == 0, "its protocol feature was not negotiated");
    }

    [Test]
    public void The_names_are_those_of_the_specification() =>
        Assert.That(s_requests.Select(request => RequestRules.Find((Request)request.Value.Id)?.Name), Is.EqualTo(s_requests.Keys));

    [Test]
    public void Each_request_has_a_rule()
    {
        Assert.That(Enum.GetValues<Request>().Select(RequestRules.Find), Is.All.Not.Null);
        Assert.That(Enum.GetValues<Request>(), Has.Length.EqualTo(s_requests.Count + 10), "and ten that are never allowed");
    }

    private static IEnumerable<string> Names => s_requests.Keys;

    private void AssertAllowed(MockFrontEnd frontEnd, string name, bool isAllowed, string fault)
    {
        frontEnd.Send(WellFormed((Request)s_requests[name].Id));
        _backEnd.Loop.Turn();

        using (Assert.EnterMultipleScope())
        {
            Assert.That(_backEnd.Ends, Is.EqualTo(isAllowed ? 0 : 1), _backEnd.Fault);
            if (!isAllowed)
                Assert.That(_backEnd.Fault, Does.Contain(name).And.Contain(fault));
        }
    }

    private MockMessage WellFormed(Request request) => request switch
    {
        Request.SetFeatures => MockMessage.Number(request, _qemu.Features),
        Request.SetProtocolFeatures => MockMessage.Number(request, Features.OfferedProtocol),
        Request.SetMemTable => MockMessage.MemoryTable(_ram.Regions, [.. _ram.Regions.Select(_ => _ram.File.Descriptor)]),
        Request.AddMemReg => MockMessage.AddRegion(_ram.Regions[0], _ram.File.Descriptor),
        Request.RemMemReg => MockMessage.RemoveRegion(_ram.Regions[0]),
        Request.SetLogBase => MockMessage.LogBase(0x1000, 0, _ram.File.Descriptor),
        Request.SetLogFd => new MockMessage(request, [], _qemu.Rings[0].Call),
        Request.SetVringNum => MockMessage.RingValue(request, 0, 256),
        Request.SetVringAddr => MockMessage.RingAddresses(_qemu.Rings[0], _ram.Regions),
        Request.SetVringBase or Request.GetVringBase => MockMessage.RingValue(request, 0, 0),
        Request.SetVringEnable => MockMessage.RingValue(request, 0, 1),
        Request.SetVringKick or Request.SetVringCall or Request.SetVringErr => MockMessage.RingDescriptor(request, 0, _qemu.Rings[0].Kick),
        Request.SendRarp or Request.NetSetMtu => MockMessage.Number(request, 1400),
        _ => MockMessage.Empty(request),
    };
}
