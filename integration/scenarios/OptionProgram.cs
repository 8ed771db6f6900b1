using System.Buffers.Binary;
using System.Diagnostics;
using System.Net.Sockets;
using QemuL2tp.Integration.Peers;
using QemuL2tp.Options;

namespace QemuL2tp.Integration.Scenarios;

/// <summary>
/// Gives one option text to a program whose other side is a stream socket of ours, and sees what becomes of it: an error, or
/// packets for the frames that the socket sends.
/// </summary>
/// <param name="name">How the program begins its messages.</param>
/// <param name="command">The program and its arguments for an option text and the path of a unix socket to connect to.</param>
/// <param name="isUp">Whether the program, which listens with its own socket beside that path if need be, has taken all its options.</param>
internal sealed class OptionProgram(string name, Func<OptionCase, string, string, IReadOnlyList<string>> command, Func<Child, string, bool> isUp)
{
    private static readonly TimeSpan s_poll = TimeSpan.FromMilliseconds(2);
    private static readonly byte[][] s_frames = [Frame(60), Frame(61), Frame(1514)];

    private enum Fate
    {
        WentOn,
        Ended,
        NeverConnected,
    }

    /// <summary>Runs the program until it has sent the packets or ended.</summary>
    /// <param name="one">The case.</param>
    /// <param name="text">Its text with ports filled in.</param>
    /// <param name="capture">Where packets arrive.</param>
    public OptionOutcome Run(OptionCase one, string text, OptionCapture capture)
    {
        capture.Drain(one.Wire);
        string path = Path.Combine(Settings.RunDirectory, $"options-{name}.sock");
        File.Delete(path);
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(path));
        listener.Listen();

        IReadOnlyList<string> line = command(one, text, path);
        using Child child = Child.Start($"options-{name}", line[0], line.Skip(1));
        var packets = new List<string>();
        Fate fate = Talk(child, listener, () => isUp(child, path), one.Wire, text, capture, packets);
        child.Kill();
        child.WaitForExit();
        List<string[]> messages = Messages(child.Error, $"{name}: {(one.IsLegacyNet ? "-net" : "-netdev")} {text}: ");
        string[]? lines = messages.Find(message => !message[0].StartsWith("warning: ", StringComparison.Ordinal));
        string? error = lines?[0];
        if (fate == Fate.NeverConnected)
            error = $"neither connected nor ended in {Until.Patience.TotalSeconds} s: {child.Error}";
        else if (fate == Fate.Ended && error is null)
            error = $"ended with status {child.ExitCode} and without a message of its own: {child.Error}";
        else if (fate == Fate.Ended && child.ExitCode != 1)
            error = $"ended with status {child.ExitCode} instead of 1: {error}";
        return new OptionOutcome(error, lines?.ElementAtOrDefault(1) ?? "", ShortForms(messages), packets);
    }

    /// <summary>Plays the guest's side until the packets are here, the program has ended, or patience has.</summary>
    private static Fate Talk(Child child, Socket listener, Func<bool> isUp, OptionWire wire, string text, OptionCapture capture, List<string> packets)
    {
        Socket? guest = null;
        // Clock: only what never comes is waited for so long.
        var clock = Stopwatch.StartNew();
        try
        {
            while (packets.Count < s_frames.Length && clock.Elapsed < Until.Patience)
            {
                if (!child.Running)
                    return Fate.Ended;
                if (guest is null && listener.Poll(s_poll, SelectMode.SelectRead))
                {
                    guest = listener.Accept();
                    SendFrames(guest);
                }

                if (wire != OptionWire.None && capture.TryReceive(wire, s_poll, out int port, out byte[] payload))
                    packets.Add($"from port {port}: {Convert.ToHexString(Masked(payload, text))}");
                else if (wire == OptionWire.None && guest is not null && isUp())
                    break;
            }

            return guest is null ? Fate.NeverConnected : Fate.WentOn;
        }
        finally
        {
            guest?.Dispose();
        }
    }

    private static void SendFrames(Socket guest)
    {
        try
        {
            foreach (byte[] frame in s_frames)
                guest.Send(Record(frame));
        }
        catch (SocketException)
        {
            // QEMU connects before it looks at the option and may be gone already; its exit tells.
        }
    }

    /// <summary>Cuts standard error into messages that begin with the prefix; further lines stay with their message.</summary>
    private static List<string[]> Messages(string error, string prefix) =>
        [.. error.Split(prefix, StringSplitOptions.None).Skip(1).Select(message => message.Split('\n'))];

    private static List<string> ShortForms(List<string[]> messages) =>
        [.. messages.Where(lines => lines[0].Contains("short-form", StringComparison.Ordinal)).Select(lines => string.Join('\n', lines.Take(2)))];

    /// <summary>QEMU sends whatever its heap held in the bytes of <c>offset</c>, so these are not compared.</summary>
    private static byte[] Masked(byte[] packet, string text)
    {
        L2tpv3Options options = ParseOrDefault(text);
        int header = (options.Udp ? 8 : 4) + options.TransmitCookieSize + (options.Counter ? 4 : 0);
        if (packet.Length >= header + options.Offset)
            packet.AsSpan(header, options.Offset).Clear();
        return packet;
    }

    /// <summary>Our own view of a text, for the id and the layout; the shortest options when we refuse the text.</summary>
    public static L2tpv3Options ParseOrDefault(string text)
    {
        try
        {
            return text.StartsWith('{') ? NetdevParser.Parse(text, []) : NetdevParser.ParseLegacyNet(text, []);
        }
        catch (UserErrorException)
        {
            return new L2tpv3Options { Id = "n", Source = "", Destination = "", TransmitSession = 0, ReceiveSession = 0, Udp = true };
        }
    }

    private static byte[] Frame(int length)
    {
        byte[] frame = new byte[length];
        for (int i = 0; i < length; i++)
            frame[i] = (byte)(i * 7 + length);
        // To a multicast address with a local bit, so that no hub or switch has a reason to hold it back.
        frame[0] = 0x03;
        return frame;
    }

    private static byte[] Record(byte[] frame)
    {
        byte[] record = new byte[4 + frame.Length];
        BinaryPrimitives.WriteInt32BigEndian(record, frame.Length);
        frame.CopyTo(record, 4);
        return record;
    }
}
