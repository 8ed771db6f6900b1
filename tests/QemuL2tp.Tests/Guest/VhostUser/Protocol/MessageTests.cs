using QemuL2tp.Frames;
using QemuL2tp.Guest.VhostUser;
using QemuL2tp.Guest.VhostUser.Memory;
using QemuL2tp.Guest.VhostUser.Protocol;
using QemuL2tp.Tests.TestSupport;

namespace QemuL2tp.Tests.Guest.VhostUser.Protocol;

/// <summary>Headers, payloads and descriptors of any shape.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class MessageTests : IDisposable
{
    private readonly BackEndUnderTest _backEnd = new();
    private readonly GuestRam _ram = GuestRam.OfPc();

    public void Dispose()
    {
        _backEnd.Dispose();
        Assert.That(_ram.File.OtherDescriptors, Is.Zero, "descriptors left");
        Assert.That(_ram.File.OtherMappings, Is.Zero, "mappings left");
        _ram.Dispose();
    }

    [Test]
    public void What_we_offer_is_answered()
    {
        using MockFrontEnd frontEnd = _backEnd.Connect();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(frontEnd.Ask(MockMessage.Empty(Request.GetFeatures)), Is.EqualTo(Features.All));
            Assert.That(frontEnd.Ask(MockMessage.Empty(Request.GetProtocolFeatures)), Is.EqualTo(Features.OfferedProtocol));
            frontEnd.Ask(MockMessage.Number(Request.SetProtocolFeatures, Features.OfferedProtocol));
            Assert.That(frontEnd.Ask(MockMessage.Empty(Request.GetQueueNum)), Is.EqualTo(8), "queue pairs");
            Assert.That(frontEnd.Ask(MockMessage.Empty(Request.GetMaxMemSlots)), Is.EqualTo(256));
        }
    }

    [Test]
    public void V_1_a_message_may_come_byte_by_byte()
    {
        using MockFrontEnd frontEnd = _backEnd.ConnectAndOwn();

        frontEnd.SendByteByByte(MockMessage.AddRegion(_ram.Regions[0], _ram.File.Descriptor).WithNeedReply());

        Assert.That(frontEnd.Receive(Request.AddMemReg), Is.Zero);
        Assert.That(_backEnd.Device.Memory.Count, Is.EqualTo(1));
    }

    [Test]
    public void V_1_many_messages_may_come_at_once()
    {
        using MockFrontEnd frontEnd = _backEnd.Connect();

        frontEnd.SendBytes([.. Enumerable.Repeat(MockMessage.Empty(Request.GetFeatures).Bytes, 200).SelectMany(bytes => bytes)]);

        for (int i = 0; i < 200; i++)
            Assert.That(frontEnd.Receive(Request.GetFeatures), Is.EqualTo(Features.All));
    }

    [Test]
    public void V_1_a_flood_of_messages_leaves_the_worker_its_turns()
    {
        using MockFrontEnd frontEnd = _backEnd.ConnectAndOwn();
        frontEnd.SendBytes([.. Enumerable.Repeat(MockMessage.RingValue(Request.SetVringBase, 0, 1).Bytes, 100).SelectMany(bytes => bytes)]);
        int before = _backEnd.Log.Events.Count;

        _backEnd.Loop.TurnOnce();

        Assert.That(_backEnd.Log.Events.Count - before, Is.EqualTo(64));
    }

    [TestCase(0u)]
    [TestCase(2u)]
    [TestCase(3u)]
    [TestCase(5u, Description = "a reply")]
    [TestCase(0x11u)]
    [TestCase(0x80000001u)]
    public void V_1_other_flags_end_the_connection(uint flags) =>
        AssertFault(MockMessage.Empty(Request.GetFeatures) with { Flags = flags }, $"GET_FEATURES with flags 0x{flags:x}");

    [TestCase((uint)Request.GetFeatures, 1, "expected 0")]
    [TestCase((uint)Request.SetFeatures, 0, "expected 8")]
    [TestCase((uint)Request.SetFeatures, 7, "expected 8")]
    [TestCase((uint)Request.SetFeatures, 9, "expected 8")]
    [TestCase((uint)Request.SetVringNum, 4, "expected 8")]
    [TestCase((uint)Request.SetVringAddr, 39, "expected 40")]
    [TestCase((uint)Request.SetMemTable, 7, "expected 8 to 264")]
    [TestCase((uint)Request.SetMemTable, 8 + (9 * 32), "expected 8 to 264")]
    [TestCase((uint)Request.AddMemReg, 32, "expected 40")]
    [TestCase((uint)Request.SetLogBase, 8, "expected 16")]
    [TestCase((uint)Request.GetConfig, 4097, "expected 0 to 4096")]
    public void V_1_a_payload_of_another_length_ends_the_connection(uint request, int length, string expected) =>
        AssertFault(new MockMessage((Request)request, new byte[length]), $"payload of {length} bytes, {expected}");

    [TestCase(uint.MaxValue)]
    [TestCase(4097u)]
    [TestCase(0x8000_0000u)]
    public void V_1_a_payload_that_is_too_long_is_not_waited_for(uint length)
    {
        using MockFrontEnd frontEnd = _backEnd.ConnectAndOwn();

        frontEnd.SendBytes(MockMessage.UInt32s(1000, 1, length));

        Assert.That(frontEnd.IsClosed(), Is.True);
        Assert.That(_backEnd.Fault, Does.Contain($"request 1000 with a payload of {length} bytes"));
    }

    [Test]
    public void V_1_an_unknown_request_is_refused_or_told_of()
    {
        MockMessage unknown = new((Request)1000, new byte[4096]);
        using MockFrontEnd frontEnd = _backEnd.ConnectAndOwn();

        Assert.That(frontEnd.Ask(unknown with { Flags = 9 }), Is.Not.Zero);
        frontEnd.Ask(unknown);
        Assert.That(frontEnd.Ask(MockMessage.Empty(Request.GetQueueNum)), Is.EqualTo(8), "the next answer");
        const string told = "net0: refused request 1000: this request is not known";
        Assert.That(_backEnd.Log.Events, Has.Exactly(1).EqualTo((EventLevel.Warning, told)), "told once");
        Assert.That(_backEnd.Log.Events, Has.Exactly(1).EqualTo((EventLevel.Debug, told)));
    }

    [Test]
    public void V_1_an_acknowledgement_is_sent_only_when_it_was_negotiated()
    {
        using MockFrontEnd frontEnd = _backEnd.ConnectAndOwn(Features.OfferedProtocol & ~Features.ProtocolReplyAck);

        frontEnd.Send(MockMessage.Number(Request.SetFeatures, 0) with { Flags = 9 });
        frontEnd.Send(new MockMessage((Request)1000, []) with { Flags = 9 });

        Assert.That(frontEnd.HasSomething(), Is.False);
        Assert.That(_backEnd.Ends, Is.Zero);
    }

    [Test]
    public void V_1_the_message_that_negotiates_acknowledgements_is_acknowledged()
    {
        using MockFrontEnd frontEnd = _backEnd.Connect();

        Assert.That(frontEnd.Ask(MockMessage.Number(Request.SetProtocolFeatures, Features.ProtocolReplyAck) with { Flags = 9 }), Is.Zero);
    }

    [Test]
    public void V_2_descriptors_where_none_belong_are_closed([Values(1, 3, 8)] int count, [Values] bool isKnown)
    {
        int[] descriptors = [.. Enumerable.Repeat(_ram.File.Descriptor, count)];
        using MockFrontEnd frontEnd = _backEnd.ConnectAndOwn();

        frontEnd.Ask(new MockMessage(isKnown ? Request.SetOwner : (Request)1000, [], descriptors));

        Assert.That(_ram.File.OtherDescriptors, Is.Zero);
        Assert.That(_backEnd.Fault, isKnown ? Does.Contain($"SET_OWNER: {count} descriptors, expected 0") : Is.Null);
    }

    [Test]
    public void V_2_more_descriptors_than_any_message_has_end_the_connection([Values(9, 253)] int count)
    {
        AssertFault(
            new MockMessage(Request.SetMemTable, new byte[8], [.. Enumerable.Repeat(_ram.File.Descriptor, count)]),
            $"{count} descriptors, expected 8 at most");
        Assert.That(_ram.File.OtherDescriptors, Is.Zero);
    }

    [Test]
    public void V_2_descriptors_with_each_byte_of_a_message_are_closed()
    {
        using MockFrontEnd frontEnd = _backEnd.Connect();

        foreach (byte part in MockMessage.Empty(Request.GetFeatures).Bytes)
        {
            if (frontEnd.SendBytes([part], _ram.File.Descriptor))
                _backEnd.Loop.Turn();
        }

        Assert.That(frontEnd.IsClosed(), Is.True);
        Assert.That(_ram.File.OtherDescriptors, Is.Zero);
    }

    [Test, NonParallelizable]
    public void V_2_descriptors_that_this_process_may_not_have_end_the_connection()
    {
        using MockFrontEnd frontEnd = _backEnd.ConnectAndOwn();
        frontEnd.Send(MockMessage.AddRegion(_ram.Regions[0], _ram.File.Descriptor));

        using (new NoMoreDescriptors())
            _backEnd.Loop.Turn();

        Assert.That(_backEnd.Fault, Does.Contain("descriptors did not all arrive"));
        Assert.That(_backEnd.Device.Memory.Count, Is.Zero);
    }

    [Test]
    public void V_2_a_descriptor_may_come_with_the_payload()
    {
        using MockFrontEnd frontEnd = _backEnd.ConnectAndOwn();
        byte[] bytes = MockMessage.AddRegion(_ram.Regions[0], 0).WithNeedReply().Bytes;

        frontEnd.SendBytes(bytes.AsSpan(0, 12));
        frontEnd.SendBytes(bytes.AsSpan(12), _ram.File.Descriptor);

        Assert.That(frontEnd.Receive(Request.AddMemReg), Is.Zero);
    }

    [Test]
    public void V_2_descriptors_belong_to_the_message_they_came_with()
    {
        using MockFrontEnd frontEnd = _backEnd.ConnectAndOwn();
        using var other = new MemoryFile(0x1000);
        MemoryRegion second = new(0x1000_0000, 0x1000, 0x1000_0000, 0);

        frontEnd.Send(MockMessage.AddRegion(_ram.Regions[0], _ram.File.Descriptor).WithNeedReply());
        frontEnd.Send(MockMessage.AddRegion(second, other.Descriptor).WithNeedReply());
        Assert.That(frontEnd.Receive(Request.AddMemReg), Is.Zero);
        Assert.That(frontEnd.Receive(Request.AddMemReg), Is.Zero);

        Assert.That((_ram.File.OtherMappings, other.OtherMappings), Is.EqualTo((1, 1)));
        frontEnd.Ask(MockMessage.RemoveRegion(second));
        Assert.That((_ram.File.OtherMappings, other.OtherMappings), Is.EqualTo((1, 0)));
    }

    [TestCase((uint)Request.AddMemReg, 40)]
    [TestCase((uint)Request.SetLogBase, 16)]
    public void V_2_a_missing_descriptor_ends_the_connection(uint request, int length) =>
        AssertFault(new MockMessage((Request)request, new byte[length]), "0 descriptors, expected 1");

    [TestCase(0x000ul, 0, "0 descriptors, expected 1")]
    [TestCase(0x100ul, 1, "1 descriptors, expected 0")]
    public void V_2_a_descriptor_comes_exactly_when_the_message_says_so(ulong value, int count, string expected) =>
        AssertFault(MockMessage.Number(Request.SetVringKick, value, [.. Enumerable.Repeat(_ram.File.Descriptor, count)]), expected);

    [TestCase(2u, 1, "2 regions with 1 descriptors")]
    [TestCase(1u, 2, "1 regions with 2 descriptors")]
    public void V_2_a_table_has_a_descriptor_for_each_region(uint regions, int descriptors, string expected) => AssertFault(
        MockMessage.MemoryTable([.. _ram.Regions.Take((int)regions)], [.. Enumerable.Repeat(_ram.File.Descriptor, descriptors)]), expected);

    [TestCase(0u, 32)]
    [TestCase(2u, 32)]
    [TestCase(1u, 33)]
    [TestCase(0x0800_0001u, 32, Description = "32 times it is 32 again in 32 bits")]
    [TestCase(uint.MaxValue, 0)]
    public void V_1_a_table_is_as_long_as_its_regions(uint count, int bytes) =>
        AssertFault(new MockMessage(Request.SetMemTable, [.. MockMessage.UInt32s(count, 0), .. new byte[bytes]], _ram.File.Descriptor), $"{count} regions in {bytes} bytes");

    [Test]
    public void V_14_answers_that_nobody_reads_end_the_connection()
    {
        using MockFrontEnd frontEnd = _backEnd.Connect();
        byte[] many = [.. Enumerable.Repeat(MockMessage.Empty(Request.GetFeatures).Bytes, 64).SelectMany(bytes => bytes)];

        for (int i = 0; i < 10_000 && frontEnd.SendBytes(many); i++)
            _backEnd.Loop.Turn();

        Assert.That(_backEnd.Ends, Is.EqualTo(1));
        Assert.That(_backEnd.Fault, Does.Contain("does not read the answers"));
    }

    [TestCase((uint)Request.IotlbMsg)]
    [TestCase((uint)Request.GetConfig)]
    [TestCase((uint)Request.CreateCryptoSession)]
    [TestCase((uint)Request.PostcopyAdvise)]
    [TestCase((uint)Request.PostcopyEnd)]
    [TestCase((uint)Request.GetInflightFd)]
    [TestCase((uint)Request.GetStatus)]
    [TestCase((uint)Request.GetSharedObject)]
    [TestCase((uint)Request.SetDeviceStateFd)]
    [TestCase((uint)Request.CheckDeviceState)]
    public void V_14_a_request_whose_answer_we_do_not_have_ends_the_connection(uint request) =>
        AssertFault(new MockMessage((Request)request, new byte[12]), "its protocol feature was not negotiated");

    private void AssertFault(MockMessage message, string expected)
    {
        using MockFrontEnd frontEnd = _backEnd.ConnectAndOwn();
        frontEnd.Send(message);
        Assert.That(frontEnd.IsClosed(), Is.True);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(_backEnd.Ends, Is.EqualTo(1));
            Assert.That(_backEnd.Fault, Does.Contain(expected));
        }
    }
}
