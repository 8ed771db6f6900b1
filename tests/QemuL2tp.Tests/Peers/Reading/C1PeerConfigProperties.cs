using FsCheck;
using FsCheck.Fluent;
using QemuL2tp.Options;
using QemuL2tp.Peers.Reading;

namespace QemuL2tp.Tests.Peers.Reading;

/// <summary>Hostile text: the answer is options that can be written down, or a user's error, never anything else.</summary>
public sealed class C1PeerConfigProperties
{
    private static readonly string[] s_pieces =
    [
        "ip l2tp add tunnel ", "ip l2tp add session ", "ifconfig l2tp0 ", "tunnel ", "session ", "tunnel_id 1 ", "peer_tunnel_id 1 ", "session_id 1 ",
        "peer_session_id ", "local 10.0.0.2 ", "remote 10.0.0.1 ", "remote fd00::1 ", "encap ip ", "encap udp ", "udp_sport 1 ", "udp_dport 2 ",
        "cookie ", "peer_cookie ", "11121314 ", "1112131415161718 ", "name ", "seq both ", "l2spec_type none ", "10.0.0.1 ", "fd00::2 ", "4 ", "8 ", "1 ",
        "0x", "-1 ", "99999999999999999999 ", "$X ", "'", "\"", "\\", "\\\n", "#", ";", "&&", "|", ">", "2>&1", "\n", "\r\n", " ", "é", "\0", "ip ", "netns exec ", "-n ",
        "<<EOF\n", "EOF\n", "$(", "`", "(", ")", "{ ", "}\n", "f() ", "case x in a) ", ";;", "ssh A ", "sh -c ", "eval ", "echo ", "RUMP_SERVER=a ", "X=1\n", "X=$X\n",
        "local X=2\n", "((", "))", "${", "l2tp0 ", "create\n", "# ", "\u00a0", "\u201c", "l2tpv3tun ", "```\n", "<addr> ",
    ];

    [Test]
    public void C_1_arbitrary_text_gives_options_or_a_users_error()
    {
        Config config = Config.QuickThrowOnFailure.WithMaxTest(1000);
        Prop.ForAll(Gen.Elements(s_pieces).ListOf().Select(string.Concat).ToArbitrary(), IsAnswered).Check(config);
        Prop.ForAll(ArbMap.Default.ArbFor<NonNull<string>>(), text => IsAnswered(text.Get)).Check(config);
    }

    private static bool IsAnswered(string text)
    {
        try
        {
            return PeerConfigReader.Read(text, []).All(options => NetdevParser.Parse(NetdevWriter.Write(options), []) == options);
        }
        catch (UserErrorException error)
        {
            return !string.IsNullOrEmpty(error.Problem) && !string.IsNullOrEmpty(error.Remedy);
        }
    }
}
