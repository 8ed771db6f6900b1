using System.Text;
using QemuL2tp.Options;

namespace QemuL2tp.Cli.Qmp;

/// <summary>
/// Cuts what a client sends into JSON values: from the first brace to the one that closes it, as QEMU's json-streamer.c does, so
/// that no line ends are needed. What is not an object is cut off at the end of its line, and so is a string that is still open there.
/// </summary>
internal sealed class QmpFramer
{
    /// <summary>Bytes of one value.</summary>
    public const int Limit = 64 * 1024;

    private static readonly UTF8Encoding s_strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly List<byte> _value = [];
    private int _braces;
    private int _brackets;
    private byte _quote;
    private bool _isEscaped;

    /// <summary>Takes the next byte.</summary>
    /// <param name="b">The byte.</param>
    /// <param name="text">The value that ends with it.</param>
    /// <returns>True when a value ends with it.</returns>
    /// <exception cref="QmpError">The value is too long; the connection cannot go on.</exception>
    /// <exception cref="UserErrorException">The value that ends with it is not UTF-8.</exception>
    public bool Take(byte b, out string text)
    {
        text = "";
        if (_value.Count == 0 && b is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n')
            return false;
        if (_value.Count == Limit)
            throw QmpError.Generic("JSON token size limit exceeded");
        _value.Add(b);
        bool isEnd = _quote != 0 ? BreaksString(b) : EndsValue(b);
        if (!isEnd)
            return false;
        byte[] value = [.. _value];
        _value.Clear();
        _braces = _brackets = 0;
        _quote = 0;
        _isEscaped = false;
        try
        {
            text = s_strict.GetString(value);
        }
        catch (DecoderFallbackException)
        {
            throw JsonParser.Error("invalid UTF-8 sequence in string");
        }

        return true;
    }

    /// <summary>No string goes on behind a control character, so what follows is read as the client means it.</summary>
    private bool BreaksString(byte b)
    {
        if (b < ' ')
            return true;
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
            case (byte)'"' or (byte)'\'' when _braces + _brackets > 0:
                _quote = b;
                return false;
            case (byte)'{':
                _braces++;
                return false;
            case (byte)'[':
                _brackets++;
                return false;
            case (byte)'}':
                _braces--;
                return _braces < 0 || _braces + _brackets == 0;
            case (byte)']':
                _brackets--;
                return _brackets < 0 || _braces + _brackets == 0;
            default:
                return _braces + _brackets == 0 && b == '\n';
        }
    }
}
