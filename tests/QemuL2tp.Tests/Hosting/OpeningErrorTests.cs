using QemuL2tp.Hosting;
using QemuL2tp.Options;
using QemuL2tp.Tests.TestSupport;

namespace QemuL2tp.Tests.Hosting;

/// <summary>What cannot be opened is told with the option that names it, as it is written.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class OpeningErrorTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly string _netdev = NetdevWriter.Write(Loopback.NewOptions());

    public void Dispose() => _directory.Dispose();

    [TestCase("stream,addr.type=unix,addr.path=FILE", "addr.path", "FILE")]
    [TestCase("{'type':'stream','addr':{'type':'unix','path':'FILE'}}", "addr.path", "FILE")]
    [TestCase("stream,addr.type=unix,addr.path=FILE/x", "addr.path", "FILE/x")]
    [TestCase("stream,addr.type=inet,addr.host=192.0.2.1,addr.port=1", "addr.host", "192.0.2.1")]
    [TestCase("stream,addr.type=inet,addr.host=no-such-host.invalid,addr.port=1", "addr.host", "no-such-host.invalid")]
    [TestCase("stream,addr.type=fd,addr.str=99999", "addr.str", "99999")]
    [TestCase("stream,addr.type=fd,addr.str=nobody", "addr.str", "nobody")]
    [TestCase("vhost-user,path=FILE", "path", "FILE")]
    [TestCase("vhost-user,fd=99999", "fd", "99999")]
    [TestCase("socket,fd=99999", "fd", "99999")]
    [TestCase("socket,listen=192.0.2.1:1", "listen", "192.0.2.1:1")]
    [TestCase("socket,udp=127.0.0.1:9,localaddr=192.0.2.1:9", "localaddr", "192.0.2.1:9")]
    [TestCase("dgram,local.type=inet,local.host=192.0.2.1,local.port=9,remote.type=inet,remote.host=127.0.0.1,remote.port=9", "local.host", "192.0.2.1")]
    [TestCase("dgram,local.type=unix,local.path=FILE,remote.type=unix,remote.path=/y", "local.path", "FILE")]
    [TestCase("dgram,local.type=unix,local.path=FILE/x,remote.type=unix,remote.path=/y", "local.path", "FILE/x")]
    [TestCase("dgram,local.type=fd,local.str=99999", "local.str", "99999")]
    public void A_front_end(string text, string option, string value) =>
        Expect(_netdev, text, option, value);

    [TestCase("src=192.0.2.1,dst=127.0.0.1", "src", "192.0.2.1")]
    [TestCase("src=no-such-host.invalid,dst=127.0.0.1", "src", "no-such-host.invalid")]
    [TestCase("src=127.0.0.1,dst=no-such-host.invalid", "dst", "no-such-host.invalid")]
    [TestCase("src=127.0.0.1,dst=127.0.0.1,counter=on,x-seq=rfc3931,x-seq-file=FILE", "x-seq-file", "FILE")]
    public void A_pseudowire(string addresses, string option, string value) =>
        Expect($"l2tpv3,id=n,udp=on,srcport=0,dstport=9,txsession=1,{addresses}", "stream,addr.type=unix,addr.path=DIRECTORY/s", option, value);

    private void Expect(string netdev, string frontend, string option, string value)
    {
        File.WriteAllText(_directory.File("file"), "precious");
        string Filled(string text) => text.Replace("FILE", _directory.File("file"), StringComparison.Ordinal).Replace("DIRECTORY", _directory.File("").TrimEnd('/'), StringComparison.Ordinal);

        UserErrorException error = Assert.ThrowsAsync<UserErrorException>(async () => await Pseudowire.StartAsync(Filled(netdev), Filled(frontend)))!;

        Assert.That((error.Option, error.Value), Is.EqualTo((option, Filled(value))), error.Message);
        Assert.That(error.Message, Does.Contain(option).And.Contain(Filled(value)).And.Contain(error.Remedy!));
        Assert.That(error.Message.Split('\n'), Has.Length.EqualTo(2));
        Assert.That(File.ReadAllText(_directory.File("file")), Is.EqualTo("precious"));
    }
}
