namespace QemuL2tp.Tests.TestSupport.Packets;

/// <summary>RFC 1071 as it is written: word by word.</summary>
internal static class NaiveChecksum
{
    public static ushort Sum(IEnumerable<byte> bytes)
    {
        uint sum = 0;
        bool isLow = false;
        foreach (byte each in bytes)
        {
            sum += isLow ? each : (uint)each << 8;
            isLow = !isLow;
            while (sum > 0xffff)
                sum = (sum & 0xffff) + (sum >> 16);
        }

        return (ushort)sum;
    }

    public static ushort Of(IEnumerable<byte> bytes) => (ushort)(Sum(bytes) ^ 0xffff);
}
