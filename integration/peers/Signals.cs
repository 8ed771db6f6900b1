using System.Runtime.InteropServices;

namespace QemuL2tp.Integration.Peers;

internal static partial class Signals
{
    public const int HangUp = 1;
    public const int Int = 2;
    public const int Kill = 9;
    public const int Usr1 = 10;
    public const int Term = 15;
    public const int Continue = 18;
    public const int Stop = 19;

    public static void Send(int process, int number)
    {
        if (SendSignal(process, number) != 0)
        {
            throw new InvalidOperationException($"kill({process}, {number}) failed: {Marshal.GetLastPInvokeErrorMessage()}");
        }
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int SendSignal(int process, int number);
}
