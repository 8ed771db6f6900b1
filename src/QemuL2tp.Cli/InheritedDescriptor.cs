using QemuL2tp.Options;
using static Tmds.Linux.LibC;

namespace QemuL2tp.Cli;

/// <summary>Descriptors that the parent process left open for us and told us the number of.</summary>
internal static class InheritedDescriptor
{
    /// <summary>Makes sure that a number from the command line is no descriptor of our own.</summary>
    /// <exception cref="UserErrorException">It is not open, or was not inherited.</exception>
    public static void Require(string option, int descriptor)
    {
        // What was inherited cannot be close-on-exec. What the runtime or we have opened is, and may have the number of a
        // descriptor that the parent forgot to pass on.
        int flags = fcntl(descriptor, F_GETFD, 0);
        if (flags < 0 || (flags & FD_CLOEXEC) != 0)
            throw new UserErrorException($"{option} {descriptor} is not an open descriptor", "Pass the number of a descriptor that the parent process opened and did not close on exec.");
    }
}
