using QemuL2tp.Hosting;

namespace QemuL2tp.Tests.TestSupport;

/// <summary>For tests that have no names to look up.</summary>
internal static class HostCalls
{
    public static Pseudowire Add(this PseudowireHost host, PseudowirePlan plan) => host.AddAsync(plan).GetAwaiter().GetResult();
}
