using QemuL2tp.Hosting;
using QemuL2tp.Options;

namespace QemuL2tp.Cli;

/// <summary>Descriptors that the parent process left open for us and told us the number of.</summary>
internal static class InheritedDescriptor
{
    /// <summary>Makes sure that a number from the command line is no descriptor of our own.</summary>
    /// <exception cref="UserErrorException">It is not open, or was not inherited.</exception>
    public static void Require(string option, int descriptor)
    {
        if (!ListenDescriptors.IsInherited(descriptor))
            throw new UserErrorException($"{option} {descriptor} is not an open descriptor", "Pass the number of a descriptor that the parent process opened and did not close on exec.") { Option = option, Value = FormattableString.Invariant($"{descriptor}") };
    }
}
