using System.Net.Sockets;
using System.Text;

namespace QemuL2tp.Integration.Peers;

/// <summary>The serial port of a machine whose QEMU has it on a unix socket.</summary>
internal sealed class SerialConsole : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly StringBuilder _text = new();
    private readonly Thread _reader;
    private int _seen;

    /// <param name="path">QEMU waits for us there: <c>server=on,wait=on</c>.</param>
    public SerialConsole(string path)
    {
        Until.True(() => TryConnect(path), () => $"QEMU listens on {path}");
        _reader = new Thread(Read) { IsBackground = true, Name = "console" };
        _reader.Start();
    }

    private string Text
    {
        get
        {
            lock (_text)
                return _text.ToString();
        }
    }

    public void Type(string text) => _socket.Send(Encoding.ASCII.GetBytes(text));

    /// <summary>Waits until the machine prints this; answers what it has printed since the last call, to the end of it.</summary>
    public string WaitFor(string text)
    {
        string? found = null;
        Until.True(() => (found = Take(text)) is not null, () => $"\"{text}\" on the console: {Text}");
        return found!;
    }

    public void Dispose()
    {
        _socket.Dispose();
        _reader.Join();
    }

    private bool TryConnect(string path)
    {
        try
        {
            _socket.Connect(new UnixDomainSocketEndPoint(path));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private string? Take(string text)
    {
        lock (_text)
        {
            string all = _text.ToString(_seen, _text.Length - _seen);
            int at = all.IndexOf(text, StringComparison.Ordinal);
            if (at < 0)
                return null;
            _seen += at + text.Length;
            return all[..(at + text.Length)];
        }
    }

    private void Read()
    {
        byte[] bytes = new byte[4096];
        try
        {
            for (int got; (got = _socket.Receive(bytes)) > 0;)
            {
                lock (_text)
                    _text.Append(Encoding.ASCII.GetString(bytes, 0, got));
            }
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            // Disposed of.
        }
    }
}
