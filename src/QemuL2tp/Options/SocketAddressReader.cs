using System.Globalization;
using System.Net;
using System.Text;

namespace QemuL2tp.Options;

/// <summary>QEMU's <c>SocketAddress</c> (qapi/sockets.json) as far as this program has it: unix, inet, fd.</summary>
internal static class SocketAddressReader
{
    /// <summary>Size of <c>sun_path</c> in bytes (Linux, sys/un.h).</summary>
    public const int LongestUnixPath = 108;

    /// <summary>Members that QEMU knows for inet and that are refused here unless they ask for nothing.</summary>
    private static readonly string[] s_unsupportedStream = ["mptcp"];

    /// <summary>The same for datagrams, for which QEMU takes them and does nothing.</summary>
    private static readonly string[] s_unsupportedDatagram = ["keep-alive", "mptcp"];

    /// <summary>Reads the members of <c>addr</c>, <c>local</c> or <c>remote</c>.</summary>
    public static FrontendAddress Read(TreeReader reader, bool isText, bool isDatagram = false)
    {
        string type = reader.ReadString("type");
        FrontendAddress address = type switch
        {
            "unix" => ReadUnix(reader),
            "inet" => ReadInet(reader, isText, isDatagram),
            "fd" => ReadDescriptor(reader, "str"),
            "vsock" => throw reader.Error(
                "type", "socket address type 'vsock' is not compiled into this binary", $"Write {reader.FullName("type")}=unix, inet or fd instead of '{reader.FullName("type")}=vsock'."),
            _ => throw reader.Error(
                "type", $"Parameter 'type' does not accept value '{type}'", $"Write {reader.FullName("type")}=unix, inet or fd instead of '{reader.FullName("type")}={type}'."),
        };
        reader.RejectUnread();
        return address;
    }

    /// <summary>Reads <c>path</c>, <c>abstract</c> and <c>tight</c>.</summary>
    public static UnixFrontendAddress ReadUnix(TreeReader reader)
    {
        string name = reader.FullName("path");
        string path = reader.ReadString("path");
        bool isAbstract = reader.Has("abstract") && reader.ReadBoolean("abstract");
        bool tight = !reader.Has("tight") || reader.ReadBoolean("tight");
        if (path.Length == 0)
            throw reader.Error("path", $"Parameter '{name}' expects a file name", $"'{name}=' is empty: write {name}=/run/vm.sock, for example.");

        RequireLength(name, path, isAbstract);
        return new UnixFrontendAddress(path, isAbstract, tight);
    }

    /// <exception cref="UserErrorException">It does not fit into the kernel's address.</exception>
    public static void RequireLength(string name, string path, bool isAbstract)
    {
        int room = LongestUnixPath - (isAbstract ? 1 : 0);
        if (Encoding.UTF8.GetByteCount(path) > room)
            throw new UserErrorException($"UNIX socket path '{path}' is too long", $"Path must be at most {room} bytes: choose a shorter '{name}'.") { Option = name, Value = path };
    }

    private static InetFrontendAddress ReadInet(TreeReader reader, bool isText, bool isDatagram)
    {
        string host = reader.ReadString("host");
        string port = reader.ReadString("port");
        bool numeric = reader.Has("numeric") && reader.ReadBoolean("numeric");
        bool? ipv4 = reader.Has("ipv4") ? reader.ReadBoolean("ipv4") : null;
        bool? ipv6 = reader.Has("ipv6") ? reader.ReadBoolean("ipv6") : null;
        RejectUnsupported(reader, isText, isDatagram ? s_unsupportedDatagram : s_unsupportedStream);
        TcpKeepAlive keepAlive = isDatagram ? TcpKeepAlive.Default : KeepAliveOptions.Read(reader);

        if (ipv4 is false && ipv6 is false)
            throw reader.Error("ipv4", "Cannot disable IPv4 and IPv6 at same time", $"Remove '{reader.FullName("ipv4")}={reader.Written("ipv4")}' or '{reader.FullName("ipv6")}={reader.Written("ipv6")}'.");
        bool isNumber = int.TryParse(port, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number);
        if (port.Length == 0 || (isNumber && (number < (isDatagram ? 1 : 0) || number > ushort.MaxValue)) || (numeric && !isNumber))
            throw InvalidPort(reader.FullName("port"), port, numeric);

        if (numeric && host.Length > 0 && !IPAddress.TryParse(host, out _))
        {
            throw reader.Error(
                "host",
                $"can't resolve host address '{host}'", $"'{reader.FullName("host")}={host}' is not an address: write one, or leave {reader.FullName("numeric")}=on out.");
        }

        return new InetFrontendAddress(host, port, ipv4, ipv6) { KeepAlive = keepAlive };
    }

    /// <summary>Port 0 is one of the kernel's choice, where something listens.</summary>
    public static UserErrorException InvalidPort(string name, string port, bool numeric = false) => new(
        $"port number '{port}' is invalid", $"Write {name}= with a number from 1 to 65535{(numeric ? "" : " or a service name")} instead of '{name}={port}'.")
    {
        Option = name,
        Value = port,
    };

    private static void RejectUnsupported(TreeReader reader, bool isText, string[] unsupported)
    {
        foreach (string name in unsupported)
        {
            if (reader.Has(name) && reader.ReadBoolean(name))
                throw NotHere(reader, name, isText ? $"{reader.FullName(name)}={reader.Written(name)}" : $"\"{name}\": true");
        }

        if (reader.Has("to"))
            throw NotHere(reader, "to", $"{reader.FullName("to")}={reader.Written("to")}");
    }

    private static UserErrorException NotHere(TreeReader reader, string name, string written) => OptionErrors.Unknown(
        $"Parameter '{reader.FullName(name)}' is unexpected", reader.FullName(name), reader.Written(name), $"QEMU knows '{written}', this program does not: leave it out.");

    /// <summary>Reads the number or the name of an inherited descriptor.</summary>
    public static FdFrontendAddress ReadDescriptor(TreeReader reader, string name)
    {
        string text = reader.ReadString(name);
        string fullName = reader.FullName(name);
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int descriptor))
            return new FdFrontendAddress(descriptor);
        // As in QEMU, what begins like a number is one.
        if (text.Length == 0 || char.IsAsciiDigit(text[0]) || text[0] is '-' or '+' or ' ')
        {
            throw reader.Error(
                name, $"Unable to parse FD number {text}", $"Write {fullName}= with the decimal number of an inherited descriptor, or the name that systemd gave it, instead of '{fullName}={text}'.");
        }

        return new FdFrontendAddress(-1, text);
    }
}
