namespace QemuL2tp.Frames;

/// <summary>Knows who sent the frames of a source. On the thread of that source.</summary>
internal interface IFrameSenders
{
    /// <summary>Bytes of the longest address.</summary>
    const int MaxAddressLength = 28; // sizeof(sockaddr_in6)

    /// <summary>Copies the address that a frame came from, which is good until the source is asked to fill again.</summary>
    /// <param name="token">The source's mark of the frame, <see cref="FrameSlot.FromPeer"/> or <see cref="FrameSlot.FromUnknown"/>.</param>
    /// <param name="address">Room for <see cref="MaxAddressLength"/> bytes.</param>
    /// <returns>Bytes copied; 0: not known.</returns>
    int CopySender(nuint token, Span<byte> address);

    /// <summary>Such an address for a person.</summary>
    string DescribeSender(ReadOnlySpan<byte> address);
}
