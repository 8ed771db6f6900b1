using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Text;
using QemuL2tp.EventLoop;
using QemuL2tp.Hosting;
using QemuL2tp.Options;
using static Tmds.Linux.LibC;

namespace QemuL2tp.Cli;

/// <summary>Tells whoever started us: by a descriptor as slirp4netns does, and by systemd's notification socket.</summary>
internal static class ServiceNotification
{
    /// <summary>Whoever has the notification socket may not read it.</summary>
    private const int NotifyMilliseconds = 1000;

    /// <exception cref="UserErrorException">The descriptor cannot be written.</exception>
    public static void Tell(int? descriptor)
    {
        if (descriptor is { } fd)
            Write(fd);
        Notify("READY=1");
    }

    public static void TellStopping() => Notify("STOPPING=1");

    /// <summary>The clock is the one of CLOCK_MONOTONIC, in microseconds, as sd_notify(3) asks.</summary>
    public static void TellReloading() => Notify(string.Create(CultureInfo.InvariantCulture, $"RELOADING=1\nMONOTONIC_USEC={Stopwatch.GetTimestamp() / (Stopwatch.Frequency / 1_000_000)}"));

    public static void TellReloaded() => Notify("READY=1");

    private static unsafe void Write(int descriptor)
    {
        byte one = (byte)'1';
        if (write(descriptor, &one, 1) != 1)
            throw new UserErrorException($"--ready-fd {descriptor} cannot be written: {SystemWords.For(errno)}", "Pass the number of an open descriptor, for example the writing end of a pipe.")
            {
                Option = "--ready-fd",
                Value = FormattableString.Invariant($"{descriptor}"),
            };
        _ = close(descriptor);
    }

    /// <summary>sd_notify(3): one datagram to the socket named by NOTIFY_SOCKET; '@' stands for the abstract namespace.</summary>
    private static void Notify(string state)
    {
        string? path = Environment.GetEnvironmentVariable("NOTIFY_SOCKET");
        if (string.IsNullOrEmpty(path))
            return;
        try
        {
            using var socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified) { SendTimeout = NotifyMilliseconds };
            socket.SendTo(Encoding.UTF8.GetBytes(state), new UnixDomainSocketEndPoint(path[0] == '@' ? "\0" + path[1..] : path));
        }
        catch (Exception e) when (e is SocketException or ArgumentException) // The latter for a name that is too long.
        {
            Stderr.WriteLine($"qemu-l2tp: warning: NOTIFY_SOCKET {path}: {Words(e)}");
        }
    }

    private static string Words(Exception e) => e switch
    {
        // .NET says this of a unix socket that is not there.
        SocketException { SocketErrorCode: SocketError.AddressNotAvailable } => SystemWords.For(ENOENT),
        SocketException socket => SystemWords.For(socket.NativeErrorCode),
        _ => e.Message,
    };
}
