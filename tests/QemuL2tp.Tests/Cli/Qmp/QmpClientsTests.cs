using System.Net.Sockets;
using System.Text.Json.Nodes;
using QemuL2tp.Tests.TestSupport;

namespace QemuL2tp.Tests.Cli.Qmp;

/// <summary>Several clients, and those that behave badly.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class QmpClientsTests : IDisposable
{
    private readonly QmpUnderTest _qmp = new();

    public void Dispose() => _qmp.Dispose();

    [Test]
    public void Events_go_to_every_client_that_has_negotiated()
    {
        using var first = new QmpClient(_qmp.Path);
        using var second = new QmpClient(_qmp.Path);
        using var silent = new QmpClient(_qmp.Path, negotiate: false);
        _qmp.Server.SendEvent("X_TEST", new JsonObject { ["a"] = 1 });
        _qmp.Server.SendEvent("X_BARE");
        foreach (QmpClient client in new[] { first, second })
        {
            Assert.That(client.ReadEvent(), Is.EqualTo("X_TEST {\"a\":1}"));
            Assert.That(client.ReadEvent(), Is.EqualTo("X_BARE "));
        }

        Assert.That(silent.Send("{'execute':'qmp_capabilities'}").ToJsonString(), Is.EqualTo("""{"return":{}}"""), "no event in front");
        Assert.That(silent.Events, Is.Empty);
    }

    [Test]
    public void A_client_that_does_not_read_holds_nobody_up_and_is_disconnected()
    {
        using var stuck = new QmpClient(_qmp.Path);
        using var other = new QmpClient(_qmp.Path);
        int sent = 0;
        for (; sent < 100_000 && _qmp.Server.Clients == 2; sent++)
        {
            _qmp.Server.SendEvent("X_TEST", new JsonObject { ["number"] = sent });
            Assert.That(other.ReadEvent(), Is.EqualTo($"X_TEST {{\"number\":{sent}}}"));
        }

        Assert.That(() => _qmp.Server.Clients, Is.EqualTo(1).After(Loopback.PatienceMilliseconds, 5));
        Assert.That(other.Execute("query-status")["return"], Is.Not.Null);
        int read = 0;
        while (stuck.ReadLine() is not null)
            read++;
        Assert.That(read, Is.GreaterThan(0).And.LessThan(sent), "what the kernel had room for, and then the end");
    }

    [Test]
    public void A_client_that_asks_and_does_not_read_is_not_listened_to_and_holds_nobody_up()
    {
        using var stuck = new QmpClient(_qmp.Path);
        stuck.Socket.Blocking = false;
        byte[] requests = [.. Enumerable.Repeat("{'execute':'query-commands'}"u8.ToArray(), 200_000).SelectMany(bytes => bytes)];
        using var other = new QmpClient(_qmp.Path);
        int sent = 0;
        // It does not listen while it answers another client a hundred times.
        for (int deaf = 0; deaf < 100; deaf++)
        {
            int before = sent;
            while (stuck.Socket.Poll(TimeSpan.Zero, SelectMode.SelectWrite) && sent < requests.Length)
                sent += stuck.Socket.Send(requests, sent, Math.Min(requests.Length - sent, 1000), SocketFlags.None, out _);
            Assert.That(sent, Is.LessThan(requests.Length), "the server stops reading");
            Assert.That(other.Execute("query-status")["return"], Is.Not.Null);
            deaf = sent == before ? deaf : 0;
        }
    }

    [Test]
    public void The_ninth_client_is_turned_away_until_one_goes()
    {
        QmpClient[] clients = [.. Enumerable.Range(0, 8).Select(_ => new QmpClient(_qmp.Path))];
        using (var ninth = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified) { ReceiveTimeout = Loopback.PatienceMilliseconds })
        {
            ninth.Connect(new UnixDomainSocketEndPoint(_qmp.Path));
            Assert.That(ninth.Receive(new byte[1]), Is.Zero);
        }

        Assert.That(_qmp.Log.Messages, Has.Some.Contains("refused a client: there are 8 already"));
        clients[3].Dispose();
        Assert.That(() => _qmp.Server.Clients, Is.EqualTo(7).After(Loopback.PatienceMilliseconds, 5));
        using (var next = new QmpClient(_qmp.Path))
            Assert.That(next.Execute("query-status")["return"], Is.Not.Null);
        Array.ForEach(clients, client => client.Dispose());
    }

    [Test]
    public void Clients_that_go_in_the_middle_of_a_command_leave_nothing_behind()
    {
        for (int i = 0; i < 50; i++)
        {
            using var client = new QmpClient(_qmp.Path);
            client.SendRaw("{'execute':'query-commands'}{'execute':");
        }

        Assert.That(() => _qmp.Server.Clients, Is.Zero.After(Loopback.PatienceMilliseconds, 5));
    }

    [Test]
    public void At_the_end_clients_are_disconnected_and_the_file_is_gone()
    {
        using var client = new QmpClient(_qmp.Path);
        _qmp.Server.SendEvent("SHUTDOWN");
        _qmp.Server.Dispose();
        Assert.That(client.ReadEvent(), Is.EqualTo("SHUTDOWN "));
        Assert.That(client.ReadLine(), Is.Null);
        Assert.That(File.Exists(_qmp.Path), Is.False);
        _qmp.Server.SendEvent("X_LATE");
    }
}
