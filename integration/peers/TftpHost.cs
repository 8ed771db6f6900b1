using System.Text;
using static QemuL2tp.Integration.Peers.PlainPacket;

namespace QemuL2tp.Integration.Peers;

/// <summary>A host at the far end of a wire: answers ARP and pings, and serves one file by TFTP (RFC 1350, RFC 2347, RFC 2348).</summary>
internal sealed class TftpHost : IDisposable
{
    public const string Address = "10.0.0.1";

    private const int Ethernet = 14;
    private const int Network = Ethernet + 20;
    private const int Udp = Network + 8;
    private const int Port = 1069;
    private static readonly byte[] s_address = [10, 0, 0, 1];
    private static readonly byte[] s_station = [2, 0, 0, 0, 0, 1];
    private readonly UdpFarEnd _far;
    private readonly byte[] _file;
    private readonly Thread _thread;
    private int _block = 512;
    private volatile bool _isOver;

    public TftpHost(Wire wire, byte[] file)
    {
        _far = new UdpFarEnd(wire);
        _file = file;
        _thread = new Thread(Serve) { IsBackground = true, Name = "tftp" };
        _thread.Start();
    }

    private enum Tftp
    {
        ReadRequest = 1,
        Data = 3,
        Acknowledgement = 4,
        OptionAcknowledgement = 6,
    }

    public void Dispose()
    {
        _isOver = true;
        _thread.Join();
        _far.Dispose();
    }

    private void Serve()
    {
        while (!_isOver)
        {
            if (_far.HasFrame && _far.Receive() is var frame && AnswerTo(frame) is { } answer)
                _far.Send([.. frame[6..12], .. s_station, .. frame[12..14], .. answer]);
        }
    }

    private byte[]? AnswerTo(byte[] frame) => WordAt(frame, 12) switch
    {
        0x0806 when WordAt(frame, 20) == 1 && frame.AsSpan(38, 4).SequenceEqual(s_address) =>
            [.. frame[14..20], 0, 2, .. s_station, .. s_address, .. frame[22..32]],
        0x0800 when frame.AsSpan(30, 4).SequenceEqual(s_address) && Payload(frame) is { } payload => Ipv4(frame[23], s_address, frame.AsSpan(26, 4), payload),
        _ => null,
    };

    private byte[]? Payload(byte[] frame)
    {
        // Frames of less than 60 bytes were padded.
        int end = Ethernet + WordAt(frame, 16);
        return frame[23] switch
        {
            1 when frame[Network] == 8 => EchoReply(frame[Network..end]),
            17 when DatagramFor(frame[Udp..end]) is { } datagram => PlainPacket.Udp(Port, WordAt(frame, Network), datagram),
            _ => null,
        };
    }

    private static byte[] EchoReply(byte[] message)
    {
        message[0] = message[2] = message[3] = 0;
        Word(Checksum(message)).CopyTo(message, 2);
        return message;
    }

    private byte[]? DatagramFor(byte[] request) => (Tftp)WordAt(request, 0) switch
    {
        Tftp.ReadRequest => Begin(Encoding.ASCII.GetString(request).Split('\0')),
        Tftp.Acknowledgement => Block(WordAt(request, 2) + 1),
        _ => null,
    };

    /// <summary>Takes the size of blocks that it is asked for.</summary>
    private byte[] Begin(string[] words)
    {
        int option = Array.IndexOf(words, "blksize");
        _block = option < 0 ? 512 : int.Parse(words[option + 1], System.Globalization.CultureInfo.InvariantCulture);
        return option < 0 ? Block(1)! : [.. Word((int)Tftp.OptionAcknowledgement), .. Encoding.ASCII.GetBytes($"blksize\0{_block}\0")];
    }

    /// <summary>A file whose length is a number of whole blocks ends with an empty one.</summary>
    private byte[]? Block(int number)
    {
        int start = (number - 1) * _block;
        return start > _file.Length ? null : [.. Word((int)Tftp.Data), .. Word(number), .. _file.AsSpan(start, Math.Min(_block, _file.Length - start))];
    }
}
