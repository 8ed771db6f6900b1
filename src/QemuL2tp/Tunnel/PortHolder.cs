using System.Globalization;
using System.Net;
using SocketAddress = QemuL2tp.Datagrams.SocketAddress;

namespace QemuL2tp.Tunnel;

/// <summary>Finds out who has a UDP port of this host, as far as this user may see it (proc(5)).</summary>
internal static class PortHolder
{
    /// <summary>The fields of a line: number, local address and port, remote ones, state, queues, timer, retransmissions, user, timeout, inode.</summary>
    private const int LocalField = 1;
    private const int InodeField = 9;

    private static readonly string[] s_tables = ["/proc/thread-self/net/udp", "/proc/thread-self/net/udp6"];

    /// <summary>Who keeps an address and port from being bound.</summary>
    /// <returns>Null: nobody that can be seen, or the kernel itself.</returns>
    public static Holder? Find(SocketAddress address)
    {
        try
        {
            HashSet<string> sockets = [.. s_tables.Where(File.Exists).SelectMany(File.ReadLines).Select(line => InodeOf(line, address)).OfType<string>().Select(inode => $"socket:[{inode}]")];
            return sockets.Count == 0 ? null : Directory.EnumerateDirectories("/proc").Select(directory => HolderIn(directory, sockets)).FirstOrDefault(holder => holder is not null);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>The socket of a line of the table, if it is in the way of an address.</summary>
    private static string? InodeOf(string line, SocketAddress address)
    {
        string[] fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (fields.Length <= InodeField || fields[LocalField].Split(':') is not [var host, var port]
            || !ushort.TryParse(port, NumberStyles.HexNumber, CultureInfo.InvariantCulture, out ushort number) || number != address.Port)
            return null;
        IPAddress local = AddressOf(host);
        bool isInTheWay = IsAny(local) || IsAny(address.Host) || local.Equals(address.Host)
            || new IPAddress(local.GetAddressBytes()).Equals(new IPAddress(address.Host.GetAddressBytes()));
        return isInTheWay ? fields[InodeField] : null;
    }

    /// <summary>Words of four bytes, each as this machine has it.</summary>
    private static IPAddress AddressOf(string hex)
    {
        byte[] bytes = Convert.FromHexString(hex);
        for (int word = 0; BitConverter.IsLittleEndian && word < bytes.Length; word += sizeof(uint))
            Array.Reverse(bytes, word, sizeof(uint));
        return new IPAddress(bytes);
    }

    private static bool IsAny(IPAddress address) => address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any);

    private static Holder? HolderIn(string directory, HashSet<string> sockets)
    {
        if (!int.TryParse(Path.GetFileName(directory), NumberStyles.None, CultureInfo.InvariantCulture, out int pid))
            return null;
        try
        {
            return Directory.EnumerateFiles($"{directory}/fd").Any(file => new FileInfo(file).LinkTarget is { } target && sockets.Contains(target))
                ? new Holder(pid, File.ReadAllText($"{directory}/comm").TrimEnd('\n'))
                : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Another user's, or it has just ended.
            return null;
        }
    }

    /// <summary>A process.</summary>
    /// <param name="Id">Its number.</param>
    /// <param name="Name">Its name as <c>ps</c> shows it, cut to 15 characters.</param>
    internal sealed record Holder(int Id, string Name)
    {
        public bool IsThisProcess => Id == Environment.ProcessId;

        public override string ToString() => IsThisProcess ? "this process itself" : $"{Name} (pid {Id})";
    }
}
