using System.Buffers.Binary;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace QemuL2tp.Guest.VhostUser.Protocol;

/// <summary>Writes answers; each of them is eight bytes long.</summary>
internal static unsafe class MessageWriter
{
    private const int PayloadLength = sizeof(ulong);

    /// <summary>Answers a request.</summary>
    /// <returns>0, or the error number; EAGAIN when the front end leaves earlier answers unread.</returns>
    public static int Write(int socket, Request request, ulong value)
    {
        byte* bytes = stackalloc byte[MessageHeader.Length + PayloadLength];
        var message = new Span<byte>(bytes, MessageHeader.Length + PayloadLength);
        new MessageHeader(request, MessageHeader.Version | MessageHeader.Reply, PayloadLength).Write(message);
        BinaryPrimitives.WriteUInt64LittleEndian(message[MessageHeader.Length..], value);
        iovec piece = new() { iov_base = bytes, iov_len = message.Length };
        msghdr header = new() { msg_iov = &piece, msg_iovlen = 1 };
        long sent = sendmsg(socket, &header, MSG_DONTWAIT | MSG_NOSIGNAL);
        return sent == message.Length ? 0 : sent < 0 ? errno : EAGAIN;
    }
}
