using QemuL2tp.Linux;
using Tmds.Linux;
using static QemuL2tp.Linux.Glibc;
using static Tmds.Linux.LibC;

namespace QemuL2tp.Tunnel;

/// <summary>
/// The kernel's filter in front of a raw IP socket (classic BPF). Every such socket of the host is offered every L2TPv3 packet; those of
/// other processes' sessions are to cost this one nothing. Control messages (session 0) pass, and so does what is too short to have a session.
/// </summary>
internal static unsafe class SessionFilter
{
    /// <summary>Session IDs that are compared one by one; above, the list is halved first.</summary>
    private const int FewestHalved = 8;

    private const uint Everything = uint.MaxValue;

    /// <summary>Puts a filter in force, in place of the one that is: no packet is lost in between.</summary>
    /// <param name="descriptor">The raw socket.</param>
    /// <param name="isIPv6">Its family: over IPv4 packets have their IP header in front.</param>
    /// <param name="sessions">The session IDs that are wanted; each once, in any order.</param>
    public static void Attach(int descriptor, bool isIPv6, ReadOnlySpan<uint> sessions)
    {
        sock_filter[] program = Build(isIPv6, sessions);
        fixed (sock_filter* first = program)
        {
            sock_fprog filter = new() { len = (ushort)program.Length, filter = first };
            if (program.Length <= BPF_MAXINSNS && setsockopt(descriptor, SOL_SOCKET, SO_ATTACH_FILTER, &filter, (uint)sizeof(sock_fprog)) == 0)
                return;
        }

        // Longer than the kernel takes (net.core.optmem_max): everything comes, and is looked at here.
        int none = 0;
        _ = setsockopt(descriptor, SOL_SOCKET, SO_DETACH_FILTER, &none, sizeof(int));
    }

    /// <param name="isIPv6">As above.</param>
    /// <param name="sessions">As above.</param>
    internal static sock_filter[] Build(bool isIPv6, ReadOnlySpan<uint> sessions)
    {
        // Session 0 twice does no harm.
        uint[] sorted = [0, .. sessions];
        Array.Sort(sorted);
        List<sock_filter> program = [];
        // X: bytes of IP header. A: bytes behind it, then the session ID.
        program.Add(isIPv6 ? Statement(BPF_LDX | BPF_W, 0) : Statement(BPF_LDX | BPF_B | BPF_MSH, 0));
        program.Add(Statement(BPF_LD | BPF_W | BPF_LEN, 0));
        program.Add(Statement(BPF_ALU | BPF_SUB | BPF_X, 0));
        program.Add(Jump(BPF_JGE, sizeof(uint), 1, 0));
        program.Add(Statement(BPF_RET, Everything));
        program.Add(Statement(BPF_LD | BPF_W | BPF_IND, 0));
        Search(program, sorted);
        return [.. program];
    }

    private static void Search(List<sock_filter> program, ReadOnlySpan<uint> sessions)
    {
        if (sessions.Length <= FewestHalved)
        {
            for (int i = 0; i < sessions.Length; i++)
                program.Add(Jump(BPF_JEQ, sessions[i], (byte)(sessions.Length - i), 0));
            program.Add(Statement(BPF_RET, 0));
            program.Add(Statement(BPF_RET, Everything));
            return;
        }

        // A conditional jump goes at most 255 instructions far, an unconditional one anywhere.
        int half = sessions.Length / 2;
        program.Add(Jump(BPF_JGE, sessions[half], 0, 1));
        int jump = program.Count;
        program.Add(default);
        Search(program, sessions[..half]);
        program[jump] = Statement(BPF_JMP | BPF_JA, (uint)(program.Count - jump - 1));
        Search(program, sessions[half..]);
    }

    private static sock_filter Statement(int code, uint k) => new() { code = (ushort)code, k = k };

    private static sock_filter Jump(int condition, uint k, byte ifTrue, byte ifFalse) => new() { code = (ushort)(BPF_JMP | condition), k = k, jt = ifTrue, jf = ifFalse };
}
