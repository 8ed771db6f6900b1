using System.Runtime.InteropServices;

namespace Tmds.Linux;

/// <summary>
/// The system's C library: functions, types and constants under their C names, one file per C header. Stands where
/// the package Tmds.LibC would stand, with its namespace and class name.
/// </summary>
public static unsafe partial class LibC
{
    private const string libc = "libc";

    /// <summary>Error number of this thread's last call that sets one.</summary>
    public static int errno => Marshal.GetLastPInvokeError();
}
