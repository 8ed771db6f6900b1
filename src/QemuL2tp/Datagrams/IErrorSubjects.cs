namespace QemuL2tp.Datagrams;

/// <summary>Whom the errors of a socket may be about. Asked on the thread that reads them.</summary>
internal unsafe interface IErrorSubjects
{
    /// <summary>The peer that a packet was for.</summary>
    /// <param name="destination">Where the packet went, a <c>sockaddr</c>.</param>
    /// <param name="length">Its bytes; 0: the kernel has not said.</param>
    /// <returns>Null: the packet was for nobody known here.</returns>
    PeerErrors? Find(byte* destination, uint length);

    /// <summary>Counts an error that is about nobody known here.</summary>
    void CountStray();
}
