using QemuL2tp.Linux;
using QemuL2tp.Tests.TestSupport;
using QemuL2tp.Tunnel;
using static QemuL2tp.Linux.Glibc;

namespace QemuL2tp.Tests.Tunnel;

/// <summary>The filter's program, run by an interpreter of its own; that the kernel takes it is in <see cref="SharedTunnelTests"/>.</summary>
internal sealed class SessionFilterTests
{
    [Test]
    public void Only_the_sessions_wanted_and_session_0_pass([Values(0, 1, 7, 8, 9, 100, 1000)] int count, [Values] bool ipv6)
    {
        Random random = new(count);
        uint[] wanted = [.. Enumerable.Range(0, count).Select(_ => (uint)random.NextInt64(1, 1L << 32)).Distinct()];
        sock_filter[] program = SessionFilter.Build(ipv6, wanted);
        Assert.That(program, Has.Length.AtMost(BPF_MAXINSNS));
        foreach (uint session in wanted.SelectMany(each => (uint[])[each - 1, each, each + 1]).Append(0u).Append(1u).Append(uint.MaxValue))
            Assert.That(Passes(program, Packet(ipv6, session)), Is.EqualTo(session == 0 || wanted.Contains(session)), $"session {session}");
    }

    [TestCase(0)]
    [TestCase(4)]
    [TestCase(40)]
    public void IP_options_are_skipped(int optionBytes)
    {
        sock_filter[] program = SessionFilter.Build(isIPv6: false, [0x01020304]);
        byte[] header = PseudowireOptions.IPv4Header(optionBytes);
        Assert.That(Passes(program, [.. header, 1, 2, 3, 4]), Is.True);
        Assert.That(Passes(program, [.. header, 1, 2, 3, 5]), Is.False);
    }

    [Test]
    public void What_is_too_short_for_a_session_passes_and_is_counted([Values] bool ipv6, [Values(0, 1, 3)] int bytes) =>
        Assert.That(Passes(SessionFilter.Build(ipv6, [7]), [.. ipv6 ? Array.Empty<byte>() : PseudowireOptions.IPv4Header(), .. new byte[bytes]]), Is.True);

    private static byte[] Packet(bool ipv6, uint session) => [.. ipv6 ? Array.Empty<byte>() : PseudowireOptions.IPv4Header(), .. L2tpPeer.BigEndian(session), 1, 2, 3];

    /// <summary>As the kernel runs classic BPF: each jump goes forward, a load beyond the packet ends with 0.</summary>
    private static bool Passes(sock_filter[] program, byte[] packet)
    {
        uint a = 0, x = 0;
        for (int at = 0; ; at++)
        {
            sock_filter each = program[at];
            switch (each.code)
            {
                case BPF_LDX | BPF_W:
                    x = each.k;
                    break;
                case BPF_LDX | BPF_B | BPF_MSH:
                    x = (packet[each.k] & 0xfu) * 4;
                    break;
                case BPF_LD | BPF_W | BPF_LEN:
                    a = (uint)packet.Length;
                    break;
                case BPF_LD | BPF_W | BPF_IND:
                    if (x + each.k + 4 > packet.Length)
                        return false;
                    a = System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(packet.AsSpan((int)(x + each.k)));
                    break;
                case BPF_ALU | BPF_SUB | BPF_X:
                    a -= x;
                    break;
                case BPF_JMP | BPF_JA:
                    at += (int)each.k;
                    break;
                case BPF_JMP | BPF_JEQ:
                    at += a == each.k ? each.jt : each.jf;
                    break;
                case BPF_JMP | BPF_JGE:
                    at += a >= each.k ? each.jt : each.jf;
                    break;
                case BPF_RET:
                    return each.k != 0;
                default:
                    throw new InvalidOperationException($"instruction {at}: code {each.code:x} is none that the filter should have");
            }
        }
    }
}
