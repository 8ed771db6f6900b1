using static Tmds.Linux.LibC;

namespace QemuL2tp.Guest.VhostUser.Ring;

/// <summary>An eventfd that the front end gave, or none; owned. It counts in 8 bytes, host byte order.</summary>
internal sealed unsafe class EventFd
{
    /// <summary>-1: none.</summary>
    public int Descriptor { get; private set; } = -1;

    /// <summary>Puts another one in the place of the present one, which is closed.</summary>
    /// <param name="descriptor">Belongs to this object from now on; -1: none. If it cannot be used it is closed, and there is none.</param>
    /// <returns>Null, or why it cannot be used.</returns>
    public string? Set(int descriptor)
    {
        Close();
        if (descriptor < 0)
            return null;
        string? kind = new FileInfo($"/proc/self/fd/{descriptor}").LinkTarget;
        if (kind != "anon_inode:[eventfd]")
        {
            _ = close(descriptor);
            return $"the descriptor is no eventfd but '{kind}'";
        }

        // The front end may have made it blocking, and nothing here may wait.
        _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL, 0) | O_NONBLOCK);
        Descriptor = descriptor;
        return null;
    }

    public void Close()
    {
        if (Descriptor >= 0)
            _ = close(Descriptor);
        Descriptor = -1;
    }

    /// <summary>Signals the other side, if there is one. A counter that is full was not read yet: the other side knows.</summary>
    public void Signal()
    {
        ulong one = 1;
        if (Descriptor >= 0)
            _ = write(Descriptor, &one, sizeof(ulong));
    }

    /// <summary>Takes all signals so far.</summary>
    /// <returns>How many they were.</returns>
    public ulong Drain()
    {
        ulong count = 0;
        return Descriptor >= 0 && read(Descriptor, &count, sizeof(ulong)) == sizeof(ulong) ? count : 0;
    }
}
