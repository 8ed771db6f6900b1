using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace QemuL2tp.Guest.VhostUser.Protocol;

/// <summary>What came of reading.</summary>
internal enum ReadResult
{
    /// <summary><see cref="MessageReader.Message"/> is whole.</summary>
    Complete,

    /// <summary>More is to come.</summary>
    WouldBlock,

    /// <summary>The front end has closed the connection.</summary>
    Closed,

    /// <summary>The protocol is broken; <see cref="MessageReader.Fault"/> says how.</summary>
    Broken,
}

/// <summary>
/// Reads messages from a unix stream socket, in as many pieces as they come. Never reads beyond the end of a message, so
/// that descriptors, which come with its bytes, belong to it.
/// </summary>
internal sealed unsafe class MessageReader : IDisposable
{
    /// <summary>Most descriptors of a message: one for each region of SET_MEM_TABLE.</summary>
    private const int MaxDescriptors = RequestRule.MaxTableRegions;

    /// <summary>Room for the 253 descriptors that one call can bring, and for other control messages.</summary>
    private const int ControlBytes = 2048;

    private int _have;
    private bool _isComplete;

    /// <summary>The message being read; valid until the next call of <see cref="Read"/>.</summary>
    public Message Message { get; } = new();

    /// <summary>What is broken.</summary>
    public string? Fault { get; private set; }

    public ReadResult Read(int socket)
    {
        if (_isComplete)
            Begin();
        while (true)
        {
            int wanted = _have < MessageHeader.Length ? MessageHeader.Length : MessageHeader.Length + (int)Message.Header.PayloadLength;
            if (_have == wanted)
            {
                _isComplete = true;
                return ReadResult.Complete;
            }

            ReadResult result = Receive(socket, wanted - _have);
            if (result != ReadResult.Complete)
                return result;
        }
    }

    public void Dispose() => Message.Descriptors.Clear();

    private void Begin()
    {
        Message.Descriptors.Clear();
        _have = 0;
        _isComplete = false;
    }

    /// <returns>Complete when at least one byte came.</returns>
    private ReadResult Receive(int socket, int wanted)
    {
        byte* control = stackalloc byte[ControlBytes];
        long received;
        msghdr header;
        fixed (byte* bytes = Message.Bytes)
        {
            iovec piece = new() { iov_base = bytes + _have, iov_len = wanted };
            header = new msghdr { msg_iov = &piece, msg_iovlen = 1, msg_control = control, msg_controllen = ControlBytes };
            received = recvmsg(socket, &header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
        }

        if (received < 0)
        {
            int error = errno;
            return error == EAGAIN || error == EINTR ? ReadResult.WouldBlock
                : error == ECONNRESET ? ReadResult.Closed
                : Break($"receiving failed: {Marshal.GetPInvokeErrorMessage(error)}");
        }

        KeepDescriptors(control, (int)header.msg_controllen);
        if ((header.msg_flags & MSG_CTRUNC) != 0)
            return Break("a message's descriptors did not all arrive: may this process open enough of them?");
        if (Message.Descriptors.Count > MaxDescriptors)
            return Break($"a message with {Message.Descriptors.Count} descriptors, expected {MaxDescriptors} at most");
        if (received == 0)
            return ReadResult.Closed;

        _have += (int)received;
        if (_have != MessageHeader.Length)
            return ReadResult.Complete;
        Message.Header = MessageHeader.Read(Message.Bytes);
        return Message.Header.Check() is { } fault ? Break(fault) : ReadResult.Complete;
    }

    private ReadResult Break(string fault)
    {
        Fault = fault;
        return ReadResult.Broken;
    }

    private void KeepDescriptors(byte* control, int length)
    {
        while (length >= sizeof(cmsghdr))
        {
            var header = (cmsghdr*)control;
            if (header->cmsg_len < sizeof(cmsghdr) || header->cmsg_len > length)
                return;
            if (header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS)
            {
                var descriptors = new ReadOnlySpan<byte>(CMSG_DATA(header), (int)header->cmsg_len - sizeof(cmsghdr));
                for (; descriptors.Length >= sizeof(int); descriptors = descriptors[sizeof(int)..])
                    Message.Descriptors.Add(BinaryPrimitives.ReadInt32LittleEndian(descriptors));
            }

            int space = ((int)header->cmsg_len + sizeof(nuint) - 1) & ~(sizeof(nuint) - 1);
            control += space;
            length -= space;
        }
    }
}
