using QemuL2tp.Options;
using QemuL2tp.Peers.Reading;

namespace QemuL2tp.Tests.Peers.Reading;

/// <summary>Text that somebody gives to <c>peer-config --from</c>.</summary>
internal static class ReadText
{
    public const string AddTunnel = "ip l2tp add tunnel tunnel_id 1 peer_tunnel_id 1 encap ip local 10.0.0.2 remote 10.0.0.1";
    public const string UdpTunnel = "ip l2tp add tunnel tunnel_id 1 peer_tunnel_id 1 encap udp local 10.0.0.2 remote 10.0.0.1 udp_sport 5 udp_dport 6";

    /// <summary>What the other host has.</summary>
    public const string FarTunnel = "ip l2tp add tunnel tunnel_id 1 peer_tunnel_id 1 encap ip local 10.0.0.1 remote 10.0.0.2";

    public const string Session = "ip l2tp add session tunnel_id 1 session_id 1 peer_session_id 2";

    /// <summary>What is printed for <see cref="AddTunnel"/> and <see cref="Session"/>.</summary>
    public const string Ours = "l2tpv3,id=net0,src=10.0.0.1,dst=10.0.0.2,txsession=1,rxsession=2,counter=on,pincounter=on";

    /// <summary>What is printed, ids left out, and the warnings behind it.</summary>
    public static (string[] Lines, string[] Warnings) Read(string text)
    {
        List<string> warnings = [];
        IReadOnlyList<L2tpv3Options> read = PeerConfigReader.Read(text, warnings);
        return ([.. read.Select(options => NetdevWriter.Write(options with { Id = "net0" }))], [.. warnings]);
    }

    public static void ExpectOne(string text) => Assert.That(Read(text).Lines, Is.EqualTo(new[] { Ours }));

    public static void ExpectSources(string text, params string[] sources) =>
        Assert.That(PeerConfigReader.Read(text, []).Select(options => options.Udp ? "udp" : options.Source), Is.EqualTo(sources));

    public static void ExpectError(string text, string message, string remedy)
    {
        UserErrorException error = Assert.Throws<UserErrorException>(() => PeerConfigReader.Read(text, []))!;
        Assert.That(error.Problem, Does.Contain(message));
        Assert.That(error.Remedy, Does.Contain(remedy));
    }
}
