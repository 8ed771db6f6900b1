namespace QemuL2tp.L2tpv3;

/// <summary>
/// A number that differs for frames that differ, but for one pair in 2^32 or so: taken from the length, the first 64 and
/// the last 16 bytes. Of an IP packet that is the identification, sequence numbers and checksums over the rest. Not
/// against an adversary: who can send packets with the right session and cookie can send frames of any kind.
/// </summary>
internal static unsafe class FrameFingerprint
{
    // Odd 64-bit constants without a pattern; each place in the frame has its own, so that swapped words differ.
    private const ulong K0 = 0x9e3779b97f4a7c15, K1 = 0xbf58476d1ce4e5b9, K2 = 0x94d049bb133111eb, K3 = 0xd6e8feb86659fd93;
    private const ulong K4 = 0xa0761d6478bd642f, K5 = 0xe7037ed1a0b428db, K6 = 0x8ebc6af09c88c6e3, K7 = 0x589965cc75374cc3;
    private const ulong K8 = 0x1d8e4e27c47d124f, K9 = 0xeb44accab455d165, K10 = 0x2d358dccaa6c78a5;

    public static uint Of(byte* frame, int length)
    {
        if (length < 32)
            return OfFew(frame, length);

        // A sum of products does not wait for one product to begin the next.
        ulong* first = (ulong*)frame;
        ulong* end = (ulong*)(frame + length);
        ulong sum = ((ulong)length * K0) + (first[0] * K1) + (first[1] * K2) + (first[2] * K3) + (first[3] * K4) + (end[-2] * K5) + (end[-1] * K6);
        if (length >= 64)
            sum += (first[4] * K7) + (first[5] * K8) + (first[6] * K9) + (first[7] * K10);
        else
            sum += (end[-4] * K7) + (end[-3] * K8);
        return (uint)(sum >> 32);
    }

    private static uint OfFew(byte* frame, int length)
    {
        ulong sum = (ulong)length * K0;
        for (int i = 0; i < length; i++)
            sum = (sum ^ frame[i]) * K1;
        return (uint)(sum >> 32);
    }
}
