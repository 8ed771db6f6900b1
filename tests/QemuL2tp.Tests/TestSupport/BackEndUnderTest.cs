using QemuL2tp.Guest.VhostUser;
using QemuL2tp.Guest.VhostUser.Protocol;

namespace QemuL2tp.Tests.TestSupport;

/// <summary>A device without frames and one connection after the other to it, on the test's thread.</summary>
internal sealed class BackEndUnderTest : IDisposable
{
    private FrontEndConnection? _connection;

    /// <param name="offered">Virtio features.</param>
    public BackEndUnderTest(ulong offered = Features.All)
    {
        Device = new VhostUserDevice(Path, offered);
        Device.Attach(Loop, Loop);
    }

    public ManualLoop Loop { get; } = new();

    public RecordingPath Path { get; } = new();

    public RecordingLog Log { get; } = new();

    public VhostUserDevice Device { get; }

    /// <summary>How often a connection has ended.</summary>
    public int Ends { get; private set; }

    /// <summary>Why the last one has ended; null: closed by the front end.</summary>
    public string? Fault { get; private set; }

    /// <summary>A new connection, which must not stand beside another.</summary>
    public MockFrontEnd Connect()
    {
        MockFrontEnd frontEnd = MockFrontEnd.Pair(Loop.Turn, out int socket);
        _connection = new FrontEndConnection(socket, Device, Log, "net0", OnEnded);
        _connection.Attach(Loop, Loop);
        return frontEnd;
    }

    /// <summary>A connection that has done what comes before rings and memory.</summary>
    public MockFrontEnd ConnectAndOwn(ulong protocolFeatures = Features.OfferedProtocol)
    {
        MockFrontEnd frontEnd = Connect();
        frontEnd.Run([MockMessage.Number(Request.SetProtocolFeatures, protocolFeatures), MockMessage.Empty(Request.SetOwner)]);
        return frontEnd;
    }

    public void Dispose()
    {
        _connection?.Dispose();
        Device.Dispose();
        Assert.That(Loop.Watched, Is.Empty, "still watched");
    }

    private void OnEnded(string? fault)
    {
        Ends++;
        Fault = fault;
        Device.Reset();
    }
}
