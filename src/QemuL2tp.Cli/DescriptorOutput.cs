using System.Text;
using QemuL2tp.Linux;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace QemuL2tp.Cli;

/// <summary>Text for a descriptor, by the system's own calls: .NET's console passes over a reader that has gone.</summary>
internal static unsafe class DescriptorOutput
{
    /// <summary>Writes the whole text, however long its reader takes.</summary>
    /// <returns>0, or the error number; some of the text may be written then.</returns>
    public static int Write(int descriptor, string text)
    {
        ReadOnlySpan<byte> rest = Encoding.UTF8.GetBytes(text);
        while (rest.Length > 0)
        {
            nint count;
            fixed (byte* bytes = rest)
                count = (nint)write(descriptor, bytes, rest.Length);
            if (count >= 0)
                rest = rest[(int)count..];
            else if (errno == EAGAIN) // Whoever shares the descriptor may have made it non-blocking.
                _ = TakesMore(descriptor, -1);
            else if (errno != EINTR)
                return errno;
        }

        return 0;
    }

    /// <summary>Whether there is room behind the descriptor, or an error that ends the writing.</summary>
    /// <param name="descriptor">What is written to.</param>
    /// <param name="milliseconds">Longest wait; -1: without end.</param>
    public static bool TakesMore(int descriptor, int milliseconds = 0)
    {
        pollfd query = new() { fd = descriptor, events = POLLOUT };
        return Glibc.poll(&query, 1, milliseconds) != 0;
    }
}
