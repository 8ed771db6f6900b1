using System.Runtime.InteropServices;
using System.Text;

namespace QemuL2tp.Cli.Exec;

/// <summary>Words as C has them: an array of pointers to bytes, with a null at the end.</summary>
internal sealed unsafe class CWords : IDisposable
{
    private readonly int _count;

    /// <param name="words">With one character for each byte.</param>
    public CWords(IReadOnlyList<string> words)
    {
        _count = words.Count;
        Pointer = (byte**)NativeMemory.AllocZeroed((nuint)(_count + 1), (nuint)sizeof(byte*));
        for (int i = 0; i < _count; i++)
        {
            Pointer[i] = (byte*)NativeMemory.AllocZeroed((nuint)words[i].Length + 1);
            Encoding.Latin1.GetBytes(words[i], new Span<byte>(Pointer[i], words[i].Length));
        }
    }

    public byte** Pointer { get; }

    public void Dispose()
    {
        for (int i = 0; i < _count; i++)
            NativeMemory.Free(Pointer[i]);
        NativeMemory.Free(Pointer);
    }
}
