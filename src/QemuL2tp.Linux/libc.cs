namespace QemuL2tp.Linux;

/// <summary>
/// What the C library and the kernel's headers have and <see cref="Tmds.Linux.LibC"/> has not, under its C name, one file
/// per C header. Types that are there are taken from there.
/// </summary>
public static unsafe partial class Glibc
{
    // With its version: for a name without one the runtime would look into the program's own folder first.
    private const string libc = "libc.so.6";
}
