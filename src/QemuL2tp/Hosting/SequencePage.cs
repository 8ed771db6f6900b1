using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using System.Text;
using QemuL2tp.Options;

namespace QemuL2tp.Hosting;

/// <summary>What a sequence file consists of, in the byte order of this host.</summary>
[StructLayout(LayoutKind.Sequential, Size = Length)]
internal unsafe struct SequencePage
{
    /// <summary>Bytes of a file.</summary>
    public const int Length = 1024;

    private const int IdentityLength = Length - 32;
    private const uint CurrentVersion = 1;

    private ulong _magic;
    private uint _version;

    /// <summary>The number that the next packet gets, 0 to 0xffffff.</summary>
    public uint NextNumber;

    /// <summary>The run of the kernel in which the file is in use; empty after a clean end, when the number is exact.</summary>
    public Guid Boot;

    private fixed byte _identity[IdentityLength];

    /// <summary>A page for a pseudowire that has sent nothing yet.</summary>
    public static SequencePage For(L2tpv3Options options)
    {
        SequencePage page = new() { _magic = Magic, _version = CurrentVersion };
        ReadOnlySpan<byte> identity = Encoding.UTF8.GetBytes(IdentityOf(options));
        identity[..Math.Min(identity.Length, IdentityLength)].CopyTo(new Span<byte>(page._identity, IdentityLength));
        return page;
    }

    /// <summary>Whether this is a sequence file at all, of a version that is understood.</summary>
    public readonly bool IsOurs => _magic == Magic && _version == CurrentVersion;

    /// <summary>Whether nothing was ever written: what a crash of the host may leave of a new file.</summary>
    public bool IsBlank => !Bytes.ContainsAnyExcept((byte)0);

    [UnscopedRef]
    public Span<byte> Bytes => MemoryMarshal.AsBytes(new Span<SequencePage>(ref this));

    /// <summary>Whether the other page is of the same pseudowire.</summary>
    public bool IsOfSamePseudowireAs(SequencePage other)
    {
        const int Start = Length - IdentityLength;
        return Bytes[Start..].SequenceEqual(other.Bytes[Start..]);
    }

    private static ulong Magic => MemoryMarshal.Read<ulong>("l2tp-seq"u8);

    /// <summary>What a peer tells pseudowires apart by, in the words of the option text.</summary>
    private static string IdentityOf(L2tpv3Options options) =>
        $"ipv6={(options.IPv6 ? "on" : "off")},udp={(options.Udp ? "on" : "off")},src={options.Source},dst={options.Destination}"
        + (options.Udp ? $",srcport={options.SourcePort},dstport={options.DestinationPort}" : "")
        + $",txsession=0x{options.TransmitSession:x}";
}
