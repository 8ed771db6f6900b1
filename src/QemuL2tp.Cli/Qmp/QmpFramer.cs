using System.Text;

namespace QemuL2tp.Cli.Qmp;

/// <summary>
/// Cuts what a client sends into JSON values: from the first brace to the one that closes it, as QEMU's json-streamer.c does, so
/// that no line ends are needed. What is not an object is cut off at the end of its line.
/// </summary>
internal sealed class QmpFramer
{
    /// <summary>Bytes of one value.</summary>
    public const int Limit = 64 * 1024;

    private readonly List<byte> _value = [];
    private int _depth;
    private byte _quote;
    private bool _isEscaped;

    /// <summary>Takes the next byte.</summary>
    /// <param name="b">The byte.</param>
    /// <param name="text">The value that ends with it.</param>
    /// <returns>True when a value ends with it.</returns>
    /// <exception cref="QmpError">The value is too long; the connection cannot go on.</exception>
    public bool Take(byte b, out string text)
    {
        text = "";
        if (_value.Count == 0 && b is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n')
            return false;
        if (_value.Count == Limit)
            throw QmpError.Generic("JSON token size limit exceeded");
        _value.Add(b);
        bool isEnd = _quote != 0 ? EndsString(b) : EndsValue(b);
        if (!isEnd)
            return false;
        text = Encoding.UTF8.GetString([.. _value]);
        _value.Clear();
        _depth = 0;
        return true;
    }

    private bool EndsString(byte b)
    {
        if (_isEscaped)
            _isEscaped = false;
        else if (b == '\\')
            _isEscaped = true;
        else if (b == _quote)
            _quote = 0;
        return false;
    }

    private bool EndsValue(byte b)
    {
        switch (b)
        {
            case (byte)'"' or (byte)'\'' when _depth > 0:
                _quote = b;
                return false;
            case (byte)'{' or (byte)'[':
                _depth++;
                return false;
            case (byte)'}' or (byte)']':
                return --_depth <= 0;
            default:
                return _depth == 0 && b == '\n';
        }
    }
}
