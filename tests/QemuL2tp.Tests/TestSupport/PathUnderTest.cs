namespace QemuL2tp.Tests.TestSupport;

/// <summary>A packet on its way: what it carries, when it was sent among the others, and when it arrives.</summary>
internal record struct PacketOnPath(uint Word, int Sent, int ArrivesAt, int Length);

/// <summary>A sender's packets on a path that loses, copies and delays them, made from a seed.</summary>
internal static class PathUnderTest
{
    private const uint S = 0x4000_0000;

    /// <summary>
    /// Words of a sender that counts on: RFC 3931 or plain, from anywhere, often near a wrap. A plain 0 is not among the
    /// first two: before anything is known it says that there is no counter.
    /// </summary>
    public static uint[] Count(FastRandom random, int count)
    {
        uint[] words = new uint[count];
        int kind = random.Next(3);
        uint start = random.Next(4) switch
        {
            0 => 0,
            1 => (uint)random.Next(int.MaxValue),
            _ => 0u - (uint)random.Next(count),
        };
        if ((start + 3) % 0x4000_0000 is 1 or 2)
            start += 2;
        for (int i = 0; i < count; i++)
        {
            words[i] = kind switch
            {
                0 => S | ((start + (uint)i) & 0xff_ffff),
                1 => start + (uint)i + 1,
                _ => (start + (uint)i + 1) & 0x3fff_ffff, // This program's own.
            };
        }

        return words;
    }

    /// <summary>What arrives, in the order of arrival. The first two arrive in order, so that a plain counter is recognised.</summary>
    /// <param name="random">Where chance comes from.</param>
    /// <param name="words">What is sent, one packet per unit of time.</param>
    /// <param name="delay">Longest delay; a packet is overtaken by at most so many others.</param>
    /// <param name="loss">Percent lost.</param>
    /// <param name="copies">Percent that arrive twice or three times.</param>
    public static List<PacketOnPath> Send(FastRandom random, uint[] words, int delay, int loss, int copies)
    {
        List<PacketOnPath> arrived = [];
        for (int i = 0; i < words.Length; i++)
        {
            int length = random.Chance(2) ? random.Between(2000, 9000) : random.Between(WindowUnderTest.MinFrameLength, 80);
            if (i < 2)
            {
                arrived.Add(new PacketOnPath(words[i], i, i, length));
                continue;
            }

            if (random.Chance(loss))
                continue;
            for (int n = random.Chance(copies) ? random.Between(2, 3) : 1; n > 0; n--)
                arrived.Add(new PacketOnPath(words[i], i, i + random.Next(delay + 1), length));
        }

        arrived.Sort(static (a, b) => a.ArrivesAt != b.ArrivesAt ? a.ArrivesAt.CompareTo(b.ArrivesAt) : a.Sent.CompareTo(b.Sent));
        return arrived;
    }
}
