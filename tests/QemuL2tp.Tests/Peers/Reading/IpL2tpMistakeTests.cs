using static QemuL2tp.Tests.Peers.Reading.ReadText;

namespace QemuL2tp.Tests.Peers.Reading;

/// <summary>Words that are wrong, missing or misspelt: the one that is wrong is named, and the nearest right one.</summary>
public sealed class IpL2tpMistakeTests
{
    [TestCase("tunnel_id 1 peer", "tunnel_id peer", "'tunnel_id' has no value")]
    [TestCase("peer_tunnel_id 1", "peer_tunnel_id", "'peer_tunnel_id' has no value")]
    [TestCase("encap udp", "encap", "'encap' has no value")]
    [TestCase("local 10.0.0.2", "local", "'local' has no value")]
    [TestCase("remote 10.0.0.1", "remote", "'remote' has no value")]
    [TestCase("udp_sport 5", "udp_sport", "'udp_sport' has no value")]
    [TestCase(" udp_dport 6", " udp_dport", "'udp_dport' has no value")]
    public void A_value_that_is_missing_in_a_tunnel(string right, string wrong, string message) =>
        ExpectError($"{UdpTunnel.Replace(right, wrong)}\n{Session}", "line 1: " + message, " VALUE");

    [TestCase("tunnel_id 1", "tunnel_id", "'tunnel_id' has no value")]
    [TestCase(" session_id 1", " session_id", "'session_id' has no value")]
    [TestCase("peer_session_id 2", "peer_session_id", "'peer_session_id' has no value")]
    [TestCase("session tunnel_id", "session name tunnel_id", "'name' has no value")]
    [TestCase("session tunnel_id", "session cookie peer_cookie 11121314 tunnel_id", "'cookie' has no value")]
    [TestCase("session tunnel_id", "session l2spec_type tunnel_id", "'l2spec_type' has no value")]
    [TestCase("session tunnel_id", "session seq sid 1 tunnel_id", "'seq' has no value")]
    public void A_value_that_is_missing_in_a_session(string right, string wrong, string message) =>
        ExpectError($"{UdpTunnel}\n{Session.Replace(right, wrong)}", "line 2: " + message, " VALUE");

    [Test]
    public void An_interface_may_have_a_keyword_for_its_name([Values("remote", "local", "session", "seq")] string name) =>
        Assert.That(Read($"{AddTunnel}\n{Session.Replace("tunnel_id 1", $"name {name} tunnel_id 1")}").Lines, Is.EqualTo(new[] { Ours }));

    [TestCase("udp_dport", "udp_dst", "Did you mean udp_dport?")]
    [TestCase("udp_sport", "udp_src", "Did you mean udp_sport?")]
    [TestCase("udp_sport", "sport", "Did you mean udp_sport?")]
    [TestCase("local", "src", "Did you mean local?")]
    [TestCase("remote", "peer", "Did you mean remote?")]
    [TestCase("remote", "remtoe", "Did you mean remote?")]
    [TestCase("local", "LOCAL", "Did you mean local?")]
    [TestCase("encap", "encapsulation", "Did you mean encap?")]
    [TestCase("peer_tunnel_id", "peer-tunnel-id", "Did you mean peer_tunnel_id?")]
    [TestCase("peer_tunnel_id", "remote_tunnel_id", "Did you mean peer_tunnel_id?")]
    [TestCase("udp_sport 5", "udp_sport=5", "Write udp_sport 5, with a blank.")]
    [TestCase("add tunnel", "add tunel", "Did you mean tunnel?")]
    [TestCase("add tunnel", "add t", "Did you mean tunnel?")]
    [TestCase("peer_tunnel_id", "peer_tun", "Did you mean peer_tunnel_id?")]
    [TestCase("encap udp", "enc udp", "Did you mean encap?")]
    [TestCase("remote 10.0.0.1", "remote 239.1.1.1", "Write an IPv4 or IPv6 address in numbers.")]
    [TestCase("local 10.0.0.2", "local 255.255.255.255", "Write an IPv4 or IPv6 address in numbers.")]
    [TestCase("peer_tunnel_id 1", "1", "Write peer_tunnel_id 1.")]
    [TestCase("remote 10.0.0.1", "10.0.0.1", "Write remote 10.0.0.1.")]
    [TestCase("encap udp", "udp", "Write encap udp.")]
    [TestCase("udp_dport 6", "6", "Write udp_dport 6.")]
    public void A_keyword_that_is_wrong_or_missing(string right, string wrong, string remedy) =>
        ExpectError($"{UdpTunnel.Replace(right, wrong)}\n{Session}", "line 1: ", remedy);

    [TestCase("ip l2pt ", "iproute2 has no 'ip l2pt'", "Did you mean ip l2tp?")]
    [TestCase("ip l2tp create ", "iproute2 has no 'ip l2tp create'", "Did you mean ip l2tp add?")]
    [TestCase("ipp l2tp ", "'ipp' is not understood", "Did you mean ip l2tp?")]
    public void A_program_or_verb_that_is_wrong(string begin, string message, string remedy) =>
        ExpectError($"{AddTunnel}\n{Session}\n{begin}{(begin.Contains("create") ? "" : "add ")}session tunnel_id 1 session_id 3 peer_session_id 4", "line 3: " + message, remedy);

    [TestCase("l2() { ip l2tp \"$@\"; }\n", "l2", TestName = "a function")]
    [TestCase("alias l2='ip l2tp'\n", "sudo l2", TestName = "an alias")]
    [TestCase("l2() { ip l2tp \"$@\"; }\n", "l2", "$S", TestName = "a function with a variable")]
    public void Words_for_something_that_is_not_looked_into(string head, string begin, string session = "3") =>
        ExpectError($"{head}{AddTunnel}\n{Session}\n{begin} add session tunnel_id 1 session_id {session} peer_session_id 4", $"line 4: '{begin.Split(' ')[0]}' is not understood in front of ", "Did you mean ip l2tp?");

    [Test]
    public void An_abbreviated_verb_for_a_function() =>
        ExpectError($"{AddTunnel}\n{Session}\nl2 a session tid 1 sid 3 psid 4", "line 3: 'l2' is not understood in front of 'a'", "Did you mean ip l2tp?");

    [TestCase("add session parameters, such as session_id 1000")]
    [TestCase("seq 1 3 | xargs -n 1 sleep")]
    public void What_only_looks_like_them_is_passed_over(string line) => ExpectOne($"{AddTunnel}\n{line}\n{Session}\n{line}");

    [TestCase($"{AddTunnel}\n{Session}\n seq both")]
    [TestCase($"{AddTunnel}\n{Session}\n  cookie 11121314 peer_cookie 21222324")]
    [TestCase("ip l2tp add tunnel tunnel_id 1 peer_tunnel_id 1\n encap ip\n local 10.0.0.2 remote 10.0.0.1\n" + Session)]
    public void A_line_that_was_broken(string text) => ExpectError(text, "is at the start of a line, where no command begins", "with a backslash");

    [TestCase("ip\u00a0l2tp add session tunnel_id 1 session_id 3 peer_session_id 4", "a no-break space (U+00A0)", "an ordinary space")]
    [TestCase("ip l2tp add session tunnel_id\u20021 session_id 3 peer_session_id 4", "a space (U+2002)", "an ordinary space")]
    [TestCase("ip \u2013n A l2tp add session tunnel_id 1 session_id 3 peer_session_id 4", "an en dash (U+2013)", "Write '-'")]
    [TestCase("ip \u2014n A l2tp add session tunnel_id 1 session_id 3 peer_session_id 4", "an em dash (U+2014)", "Write '-'")]
    [TestCase("ip l2tp add session tunnel_id 1 session_id \u201c3\u201d peer_session_id 4", "a curly quote (U+201C)", "or nothing")]
    [TestCase("ip l2tp add session tunnel_id 1 session_id \u20183\u2019 peer_session_id 4", "a curly quote (U+2018)", "or nothing")]
    [TestCase("\u200bip l2tp add session tunnel_id 1 session_id 3 peer_session_id 4", "a zero-width space (U+200B)", "or nothing")]
    [TestCase("S=\u201c3\u201d\nip l2tp add session tunnel_id 1 session_id $S peer_session_id 4", "a curly quote (U+201C)", "or nothing")]
    [TestCase("ifconfig l2tp0\u00a0tunnel 10.0.0.2 10.0.0.1 session 1 2", "a no-break space (U+00A0)", "an ordinary space")]
    public void A_character_that_a_web_page_put_in(string line, string message, string remedy) =>
        ExpectError($"{AddTunnel}\n{Session}\n{line}", message, remedy);

    [Test]
    public void In_prose_such_characters_do_no_harm() => ExpectOne($"It\u2019s \u201cnice\u201d \u2013 so:\n{AddTunnel} # \u00a0\n{Session}");
}
