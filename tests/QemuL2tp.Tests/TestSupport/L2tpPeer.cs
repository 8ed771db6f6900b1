namespace QemuL2tp.Tests.TestSupport;

/// <summary>
/// The far end of a static L2TPv3 pseudowire, written from RFC 3931 (4.1.1.1, 4.1.2.1, 4.6) without a look at the code
/// under test: one list of bytes, one field after the other, no layout table. A second opinion, not a fast one.
/// </summary>
internal sealed record L2tpPeer
{
    /// <summary>The message is in a UDP datagram and has the version word.</summary>
    public bool OverUdp { get; init; }

    /// <summary>The packets it makes have this IPv4 header in front, as a raw IPv4 socket delivers them; empty for none.</summary>
    public byte[] IPv4Header { get; init; } = [];

    public uint SendSession { get; init; }
    public uint ExpectSession { get; init; }
    public byte[] SendCookie { get; init; } = [];
    public byte[] ExpectCookie { get; init; } = [];

    /// <summary>The 4-byte field after the cookie is there.</summary>
    public bool Sublayer { get; init; }

    /// <summary>Bytes between the header and the frame (QEMU's <c>offset</c>).</summary>
    public int Padding { get; init; }

    /// <summary>What the program under test sees on its socket when this peer sends a frame.</summary>
    public byte[] Encode(byte[] frame, uint sequence = 0)
    {
        List<byte> message = [];
        if (OverUdp)
            message.AddRange([0, 3, 0, 0]);
        message.AddRange(BigEndian(SendSession));
        message.AddRange(SendCookie);
        if (Sublayer)
            message.AddRange(BigEndian(sequence));
        for (int i = 0; i < Padding; i++)
            message.Add(0xee);
        message.AddRange(frame);

        if (IPv4Header.Length == 0)
            return [.. message];
        byte[] ip = [.. IPv4Header];
        int total = ip.Length + message.Count;
        ip[2] = (byte)(total / 256);
        ip[3] = (byte)(total % 256);
        return [.. ip, .. message];
    }

    /// <summary>The frame in a message that the program under test sent, and the number it carried.</summary>
    /// <exception cref="AssertionException">The message is not what this peer expects.</exception>
    public byte[] Decode(byte[] message, out uint sequence)
    {
        Queue<byte> rest = new(message);
        if (OverUdp)
            Assert.That(Take(rest, 4), Is.EqualTo(new byte[] { 0, 3, 0, 0 }), "version word");
        Assert.That(Take(rest, 4), Is.EqualTo(BigEndian(ExpectSession)), "session");
        Assert.That(Take(rest, ExpectCookie.Length), Is.EqualTo(ExpectCookie), "cookie");
        sequence = 0;
        if (Sublayer)
        {
            foreach (byte b in Take(rest, 4))
                sequence = (sequence * 256) + b;
        }

        Assert.That(Take(rest, Padding), Is.All.Zero, "offset");
        return [.. rest];
    }

    /// <summary>The bytes of a number, the most significant first.</summary>
    public static byte[] BigEndian(ulong number, int size = 4)
    {
        byte[] bytes = new byte[size];
        for (int i = size - 1; i >= 0; i--)
        {
            bytes[i] = (byte)(number % 256);
            number /= 256;
        }

        return bytes;
    }

    private static byte[] Take(Queue<byte> bytes, int count)
    {
        Assert.That(bytes, Has.Count.AtLeast(count), "message too short");
        byte[] taken = new byte[count];
        for (int i = 0; i < count; i++)
            taken[i] = bytes.Dequeue();
        return taken;
    }
}
